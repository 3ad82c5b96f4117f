// How does a value, or an error, get from one process to the other? By structured clone; an error by its parts, because a
// structured clone forgets its class and its code.
import { serialize } from 'node:v8';
import { inspect } from 'node:util';
import { Inspection } from './child/inspect-scope.js';
import { codedError } from './errors.js';
import { fromMessage, toMessage } from './run-message.js';
import { show } from './validate.js';

interface EncodedError {
  /** The name and source text of each class from its own up to a built-in one. */
  classes: { name: string; source: string }[];
  name: string;
  message: string;
  stack: string | undefined;
  /** What else it has: `code`, `cause`, `errors`, and what the user gave it. */
  properties: [key: string, part: Encoded, enumerable: boolean][];
}
type Encoded =
  | { value: unknown }
  | { error: EncodedError }
  /** An error that this one is part of, counted from the outermost. */
  | { above: number }
  /** The `errors` of an AggregateError. */
  | { list: (Encoded | undefined)[] };
type Message = { value: unknown } | { thrown: Encoded };

/** @throws `ERR_CHILD_RESULT` if it cannot be cloned. @internal */
export function encodeResult(value: unknown): Uint8Array[] {
  try {
    return toMessage({ value });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `What main returned cannot be cloned: ${culprit(value, 'result', new Set()) ?? 'result'}: ${why}`;
    throw Object.assign(codedError(TypeError, 'ERR_CHILD_RESULT', message, encodeResult), { cause });
  }
}

/** What `main` threw; of an error, what can be cloned. @internal */
export function encodeError(thrown: unknown): Uint8Array[] {
  let encoded: Encoded | undefined;
  try {
    encoded = encode(thrown, []);
  } catch {
    // A proxy, or a message that throws when it is read: there is still a text of it.
  }
  return toMessage({ thrown: encoded ?? { value: show(thrown) } });
}

/** @throws what `main` threw. @internal */
export function decodeResult(parts: Buffer[]): unknown {
  const message = fromMessage(parts) as Message;
  if ('value' in message) return message.value;
  throw decode(message.thrown);
}

// Which part of it is it? The first one in order, as deep as it goes; undefined: all such parts of it were looked at already.
function culprit(value: unknown, path: string, seen: Set<unknown>): string | undefined {
  if (value === null || typeof value !== 'object') return path;
  if (seen.has(value)) return undefined;
  seen.add(value);
  const parts = [...partsOf(value)].filter(([, part]) => !isCloneable(part));
  if (parts.length === 0) return path;
  for (const [step, part] of parts) {
    const found = culprit(part, path + step, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function* partsOf(value: object): Iterable<[step: string, part: unknown]> {
  if (value instanceof Map) {
    for (const [key, part] of value as Map<unknown, unknown>) {
      yield ['.keys()', key];
      yield [`.get(${inspect(key)})`, part];
    }
  } else if (value instanceof Set) {
    for (const part of value as Set<unknown>) yield ['.values()', part];
  } else {
    if (value instanceof Error) yield ['.cause', value.cause];
    for (const [key, part] of Object.entries(value)) yield [Array.isArray(value) ? `[${key}]` : property(key), part];
  }
}

function property(key: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function isCloneable(value: unknown): boolean {
  try {
    serialize(value);
    return true;
  } catch {
    return false;
  }
}

// undefined: cannot be cloned.
function encode(value: unknown, above: unknown[]): Encoded | undefined {
  if (!(value instanceof Error)) return isCloneable(value) ? { value } : undefined;
  if (above.includes(value)) return { above: above.indexOf(value) };
  const properties: EncodedError['properties'] = [];
  for (const key of Object.getOwnPropertyNames(value)) {
    if (key === 'stack' || key === 'message') continue;
    try {
      const encoded = encodeProperty(value, key, [...above, value]);
      if (encoded) properties.push([key, encoded, Object.prototype.propertyIsEnumerable.call(value, key)]);
    } catch {
      // a getter that throws
    }
  }
  const { name, message, stack } = value;
  return { error: { classes: classesOf(value), name, message, stack, properties } };
}

function encodeProperty(error: Error, key: string, above: unknown[]): Encoded | undefined {
  const part = (error as unknown as Record<string, unknown>)[key];
  if (key !== 'errors' || !Array.isArray(part)) return encode(part, above);
  return { list: part.map((each) => encode(each, above)) };
}

function classesOf(error: Error): EncodedError['classes'] {
  const classes: EncodedError['classes'] = [];
  for (let proto: unknown = Object.getPrototypeOf(error); proto !== null; proto = Object.getPrototypeOf(proto)) {
    const { constructor } = proto as { constructor?: unknown };
    if (typeof constructor !== 'function') continue;
    classes.push({ name: constructor.name, source: String(constructor) });
    if (builtIn(constructor.name) === constructor) break;
  }
  return classes;
}

function decode(encoded: Encoded, above: Error[] = []): unknown {
  if ('value' in encoded) return encoded.value;
  if ('above' in encoded) return above[encoded.above];
  if ('list' in encoded) return encoded.list.map((each) => each && decode(each, above));
  const { classes, name, message, stack, properties } = encoded.error;
  const error = create(classes, message, name);
  define(error, 'stack', stack);
  for (const [key, part, enumerable] of properties) define(error, key, decode(part, [...above, error]), enumerable);
  return error;
}

function create(classes: EncodedError['classes'], message: string, name: string): Error {
  // What it says is in private fields of its own.
  if (classes[0]?.name === 'DOMException') return new DOMException(message, name);
  const error = new Error(message);
  const prototype = prototypeOf(classes);
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
  if (error.name !== name) define(error, 'name', name);
  return error;
}

function define(error: Error, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}

// The class itself, which is in the parent's heap as it is in the child's; or the next above it that can be found.
function prototypeOf(classes: EncodedError['classes']): object | undefined {
  for (const { name, source } of classes) {
    const found = (builtIn(name)?.prototype as object | undefined) ?? ownClasses(name, source);
    if (found) return found;
  }
  return undefined;
}

function builtIn(name: string): { prototype: unknown } | undefined {
  const value = (globalThis as Record<string, unknown>)[name];
  return typeof value === 'function' && String(value).includes('[native code]') ? value : undefined;
}

const known = new Map<string, object | undefined>();

// Classes are not to be had by name. The inspector finds all prototypes below Error's, by a walk over the heap; once for
// each class that a child throws.
function ownClasses(name: string, source: string): object | undefined {
  const key = `${name} ${source}`;
  if (!known.has(key)) known.set(key, findClass(name, source));
  return known.get(key);
}

function findClass(name: string, source: string): object | undefined {
  let all: unknown[];
  try {
    all = Inspection.run((inspection) => inspection.allWith(Error.prototype));
  } catch {
    return undefined; // no node:inspector: the built-in class above it has to do
  }
  return all.find((object): object is object => {
    const constructor: unknown = Object.getOwnPropertyDescriptor(object, 'constructor')?.value;
    return typeof constructor === 'function' && constructor.name === name && String(constructor) === source;
  });
}
