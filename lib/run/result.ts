// How does a value, or an error, get from one process to the other? By structured clone; an error by its parts, because a
// structured clone forgets its class and its code.
import { onlyInRunners } from '../child/rehearsal.js';
import { Inspection } from '../node/inspect-scope.js';
import { findUncloneable, isCloneable } from './uncloneable.js';
import { has } from '../sys/own.js';
import { codedError } from '../sys/errors.js';
import { privateClass, privatePart } from './private-state.js';
import { fromMessage, toMessage } from './message.js';
import { invalidValue, show } from '../sys/validate.js';

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
/** @internal */
export type Message = { value: unknown } | { thrown: Encoded };

/**
 * @param of - the function that returned it
 * @param more - what else the message says
 * @throws `ERR_CHILD_RESULT` if it cannot be cloned. @internal
 */
export function encodeResult(value: unknown, of = 'main', more: object = {}): Uint8Array[] {
  return encodeClone({
    value: () => value,
    name: 'result',
    clone: () => toMessage({ ...more, value }),
    fail: (why, cause) => resultError(`What ${of} returned cannot be cloned: ${why}`, cause),
  });
}

/** What is to be cloned, how its errors call it, and how they are made. @internal */
export interface Clone {
  value: () => unknown;
  name: string;
  clone: () => Uint8Array[];
  fail: (why: string, cause?: unknown) => Error;
}

/** @throws what `fail` makes, which says which part cannot be cloned. @internal */
export function encodeClone({ value, name, clone, fail }: Clone): Uint8Array[] {
  let parts: Uint8Array[];
  try {
    parts = clone();
  } catch (cause) {
    // A RangeError is about the whole: it is nested too deeply, or too large.
    const { path } = cause instanceof RangeError ? { path: name } : findUncloneable(value(), name);
    throw fail(`${path}: ${reason(cause)}`, cause);
  }
  if (privatePart(value(), (parts.at(-1) as Uint8Array).length) !== undefined) {
    const { path, part } = findUncloneable(value(), name);
    throw fail(`${path}: what a ${privateClass(part) ?? 'it'} holds is private to its class`);
  }
  return parts;
}

function resultError(message: string, cause?: unknown): Error {
  const error = codedError(TypeError, 'ERR_CHILD_RESULT', message, resultError);
  return cause === undefined ? error : Object.assign(error, { cause });
}

// More of the sentence follows.
function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/\.$/, '') : show(cause);
}

/** The error of an argument. @param value - what the user passed. @param so - what follows from that. @internal */
export function uncloneable(name: string, value: unknown, why: string, cause?: unknown, so = ''): Error {
  const error = invalidValue(name, value, `cannot be cloned${so}: ${why}`);
  return cause === undefined ? error : Object.assign(error, { cause });
}

/** What `main` threw; of an error, what can be cloned. @param more - what else the message says. @internal */
export function encodeError(thrown: unknown, more: object = {}): Uint8Array[] {
  let encoded: Encoded | undefined;
  try {
    encoded = encode(thrown, []);
  } catch {
    // A proxy, or a message that throws when it is read: there is still a text of it.
  }
  return toMessage({ ...more, thrown: encoded ?? { value: show(thrown) } });
}

/** @param heed - is given the whole message first. @throws what `main` threw. @internal */
export function decodeResult(parts: Buffer[], heed?: (message: object) => void): unknown {
  const message = decodeMessage(parts);
  heed?.(message);
  return resultOf(message);
}

/** @throws `ERR_CHILD_RESULT` if it cannot be read. @internal */
export function decodeMessage(parts: Buffer[]): Message {
  try {
    return fromMessage(parts) as Message;
  } catch (cause) {
    throw resultError(`What came of the child cannot be read: ${reason(cause)}`, cause);
  }
}

/** What such a message has brought. @throws what was thrown. @internal */
export function resultOf(message: Message): unknown {
  if (has(message, 'value')) return message.value;
  throw decode(message.thrown);
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
  if (has(encoded, 'value')) return encoded.value;
  if (has(encoded, 'above')) return above[encoded.above];
  if (has(encoded, 'list')) return encoded.list.map((each) => each && decode(each, above));
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

onlyInRunners(encodeResult, encodeClone);
