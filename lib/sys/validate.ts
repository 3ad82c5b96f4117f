// Is this argument what the signature says? Each check names the argument, and runs before anything has happened.
import { inspect, type InspectOptions, types } from 'node:util';
import { codedError } from './errors.js';
import { rightName } from './names.js';

// What the value does when it is looked at (a getter, a proxy's trap) must not hide what is wrong with it.
function received(value: unknown): string {
  if (value === null || value === undefined) return ` Received ${String(value)}`;
  if (types.isProxy(value)) return ' Received a Proxy';
  if (typeof value === 'function') return ` Received function ${nameOf(value)}`;
  if (typeof value === 'object') {
    const name = nameOf(attempt(() => value.constructor));
    return name ? ` Received an instance of ${name}` : ` Received ${show(value, { depth: -1 })}`;
  }
  return ` Received type ${typeof value} (${show(value).slice(0, 28)})`;
}

function nameOf(named: unknown): string {
  const name = attempt(() => (named as { name?: unknown } | undefined)?.name);
  return typeof name === 'string' ? name : '';
}

/** What `util.inspect` makes of it, whatever the value does when it is looked at. @internal */
export function show(value: unknown, options: InspectOptions = {}): string {
  return attempt(() => inspect(value, options)) ?? 'what cannot be inspected';
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function kind(name: string): string {
  return name.includes('.') ? 'property' : 'argument';
}

/** @internal */
export function invalidType(name: string, expected: string, value: unknown): Error {
  const message = `The "${name}" ${kind(name)} must be ${expected}.${received(value)}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

/** @internal */
export function invalidValue(name: string, value: unknown, reason: string): Error {
  const message = `The ${kind(name)} '${name}' ${reason}. Received ${show(value).slice(0, 128)}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}

/** @internal */
export function outOfRange(name: string, range: string, value: unknown): Error {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${show(value)}`;
  return codedError(RangeError, 'ERR_OUT_OF_RANGE', message);
}

/** The largest C `int`: of descriptors, pids, and what is counted in them. @internal */
export const MAX_INT = 2 ** 31 - 1;

/** @internal */
export function validateInteger(value: unknown, name: string, min: number, max: number): asserts value is number {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

/** Milliseconds, with fractions, or for ever. @internal */
export function validateTimeout(value: unknown, name: string): asserts value is number {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!(value >= 0)) throw outOfRange(name, '>= 0', value);
}

/** @internal */
export function validateOneOf<T>(value: unknown, name: string, allowed: readonly T[]): asserts value is T {
  if (allowed.includes(value as T)) return;
  throw invalidValue(name, value, `must be one of: ${allowed.map((each) => inspect(each)).join(', ')}`);
}

/** @internal */
export function validateBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'of type boolean', value);
}

/** @internal */
export function validateObject(value: unknown, name: string): asserts value is object {
  if (value === null || typeof value !== 'object' || isArray(value) !== false)
    throw invalidType(name, 'of type object', value);
}

/** `undefined` for a proxy that has been revoked, which is nothing any more. @internal */
export function isArray(value: unknown): boolean | undefined {
  return attempt(() => Array.isArray(value));
}

/** @internal */
export function validateAbortSignal(value: unknown, name: string): asserts value is AbortSignal {
  if (!isInstance(value, AbortSignal)) throw invalidType(name, 'an instance of AbortSignal', value);
}

/** @internal */
export function isInstance<T>(value: unknown, Class: abstract new (...args: never[]) => T): value is T {
  return attempt(() => value instanceof Class) === true;
}

// What is not known is refused: an option that is ignored (`uid`, copied from child_process) is a program that runs as root.

/**
 * A copy of the options' own properties, each of which was read once; what a prototype has is none of the caller's
 * (`Object.prototype` least of all). Refuses a name that is not among `known`, unless its value is `undefined`. @internal
 */
export function validateOptions<T extends object, K extends keyof T & string>(
  options: T,
  name: string,
  known: readonly K[],
  elsewhere?: Elsewhere,
): Pick<T, K> {
  validateObject(options, name);
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(options)) {
    const value = (options as Record<string, unknown>)[key];
    if (value === undefined) continue;
    if (!(known as readonly string[]).includes(key))
      throw unknownOption(`${name}.${key}`, key, value, known, elsewhere);
    copy[key] = value;
  }
  return copy as Pick<T, K>;
}

/** Options that another function takes. @internal */
export interface Elsewhere {
  names: readonly string[];
  of: string;
}

/** @internal */
export function unknownOption(
  name: string,
  key: string,
  value: unknown,
  known: readonly string[],
  elsewhere?: Elsewhere,
): Error {
  if (elsewhere?.names.includes(key)) return invalidValue(name, value, `is an option of ${elsewhere.of}`);
  const right = rightName(key, known);
  const hint = right === undefined ? `; there are: ${known.join(', ') || 'none'}` : ` (did you mean '${right}'?)`;
  return invalidValue(name, value, `is not known${hint}`);
}
