// Is this argument what the signature says? Each check names the argument, and runs before anything has happened.
import { constants } from 'node:os';
import { inspect } from 'node:util';
import { codedError } from './errors.js';

function received(value: unknown): string {
  if (value === null || value === undefined) return ` Received ${String(value)}`;
  if (typeof value === 'function') return ` Received function ${value.name}`;
  if (typeof value === 'object') {
    const name = (value as { constructor?: { name?: string } }).constructor?.name;
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value, { depth: -1 })}`;
  }
  return ` Received type ${typeof value} (${inspect(value).slice(0, 28)})`;
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
  const message = `The ${kind(name)} '${name}' ${reason}. Received ${inspect(value).slice(0, 128)}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}

/** @internal */
export function outOfRange(name: string, range: string, value: unknown): Error {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${inspect(value)}`;
  return codedError(RangeError, 'ERR_OUT_OF_RANGE', message);
}

/** @internal */
export function validateInteger(value: unknown, name: string, min: number, max: number): asserts value is number {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
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
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalidType(name, 'of type object', value);
}

const MAX_SIGNAL = 64;

/** @internal */
export function validateSignal(value: unknown, name: string): asserts value is NodeJS.Signals | number {
  if (typeof value === 'number') {
    validateInteger(value, name, 0, MAX_SIGNAL);
  } else if (typeof value !== 'string') {
    throw invalidType(name, 'a signal name or number', value);
  } else if (!Object.hasOwn(constants.signals, value)) {
    throw codedError(TypeError, 'ERR_UNKNOWN_SIGNAL', `Unknown signal: ${value}`);
  }
}
