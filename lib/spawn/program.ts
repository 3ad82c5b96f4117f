// What is handed to a new program? Its arguments and its environment.
import { refuseNul, toBytes, toPathOrEmpty } from '../sys/bytes.js';
import type { Bytes } from '../sys/native.js';
import { invalidType, invalidValue, isArray, validateObject } from '../sys/validate.js';

/**
 * The environment of a program, as for `child_process`: numbers, booleans, bigints and `null` become strings, and `undefined` is
 * left out. Bytes are allowed, too; other objects are refused.
 */
export type Environment = Readonly<Record<string, Bytes | number | bigint | boolean | null | undefined>>;

/** A copy: an array may answer otherwise when it is asked again. @internal */
export function toArguments(value: unknown, name: string): Bytes[] {
  if (isArray(value) !== true) throw invalidType(name, 'an instance of Array', value);
  const array = value as readonly unknown[];
  const list: Bytes[] = [];
  // Not forEach, which leaves out the holes; nor an iterator of its own.
  for (let i = 0; i < array.length; i++) list.push(toBytes(array[i], `${name}[${i}]`));
  return list;
}

/** Empty for this process's, as in child_process. @internal */
export function toDirectory(value: unknown, name: string): Bytes {
  return value === undefined || value === null ? '' : toPathOrEmpty(value, name);
}

/**
 * `NAME=value` of each; what is undefined is left out, and what is inherited is not, as in child_process. What all objects
 * inherit is nobody's environment. @internal
 */
export function toEnvironment(value: unknown, name: string): Bytes[] {
  validateObject(value, name);
  const environment: Bytes[] = [];
  for (const key in value) {
    if (key in Object.prototype && !isOf(value, key)) continue;
    const text: unknown = (value as Record<string, unknown>)[key];
    if (text === undefined) continue;
    if (key === '' || key.includes('=')) throw invalidValue(name, key, "has a name that is empty or contains '='");
    refuseNul(key, name, key);
    const bytes = toBytes(isPlain(text) ? String(text) : text, `${name}.${key}`);
    environment.push(typeof bytes === 'string' ? `${key}=${bytes}` : Buffer.concat([Buffer.from(`${key}=`), bytes]));
  }
  return environment;
}

function isPlain(value: unknown): value is number | bigint | boolean | null {
  return value === null || ['number', 'bigint', 'boolean'].includes(typeof value);
}

/** A copy, as the arguments are. @internal */
export function toList(value: unknown, name: string, most = Infinity): unknown[] {
  if (isArray(value) !== true) throw invalidType(name, 'an instance of Array', value);
  const list = Array.from({ length: (value as unknown[]).length }, (_, i) => (value as unknown[])[i]);
  if (list.length > most) throw invalidValue(name, value, `must have at most ${most} elements`);
  return list;
}

// Whether a property is the object's, or that of a prototype below Object.prototype.
function isOf(object: object, key: string): boolean {
  for (let each: object | null = object; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    if (each === Object.prototype) return false;
    if (Object.hasOwn(each, key)) return true;
  }
  return false;
}
