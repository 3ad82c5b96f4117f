// What is handed to a new program? Its path, arguments and environment: bytes that end in NUL, and so contain none.
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { Bytes } from '../sys/native.js';
import { invalidType, invalidValue, isArray, isInstance, validateObject } from '../sys/validate.js';

/** @internal */
export function validatePath(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value);
  if (value === '') throw invalidValue(name, value, 'cannot be empty');
  refuseNul(value, name, value);
}

/** A path as `node:fs` takes it. @internal */
export function toPath(value: unknown, name: string): Bytes {
  const path = isInstance(value, URL) ? pathOf(value, name) : toBytes(value, name, ', Uint8Array or URL');
  if (path.length === 0) throw invalidValue(name, value, 'cannot be empty');
  return path;
}

/** What the kernel is given; bytes as a copy, which nobody changes any more. @internal */
export function toBytes(value: unknown, name: string, orElse = ' or Uint8Array'): Bytes {
  if (typeof value !== 'string' && !types.isUint8Array(value)) {
    throw invalidType(name, `of type string or an instance of${orElse.replace(/^( or|,)/, '')}`, value);
  }
  const bytes = typeof value === 'string' ? value : Buffer.from(value);
  refuseNul(bytes, name, value);
  return bytes;
}

/** A copy: an array may answer otherwise when it is asked again. @internal */
export function toArguments(value: unknown, name: string): Bytes[] {
  if (isArray(value) !== true) throw invalidType(name, 'an instance of Array', value);
  const array = value as readonly unknown[];
  const list: Bytes[] = [];
  // Not forEach, which leaves out the holes; nor an iterator of its own.
  for (let i = 0; i < array.length; i++) list.push(toBytes(array[i], `${name}[${i}]`));
  return list;
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
    const bytes = toBytes(text, `${name}.${key}`);
    environment.push(typeof bytes === 'string' ? `${key}=${bytes}` : Buffer.concat([Buffer.from(`${key}=`), bytes]));
  }
  return environment;
}

// Whether a property is the object's, or that of a prototype below Object.prototype.
function isOf(object: object, key: string): boolean {
  for (let each: object | null = object; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    if (each === Object.prototype) return false;
    if (Object.hasOwn(each, key)) return true;
  }
  return false;
}

function pathOf(url: URL, name: string): string {
  let path: string;
  try {
    path = fileURLToPath(url);
  } catch (error) {
    throw invalidValue(name, url, `must be the URL of a file (${(error as Error).message})`);
  }
  refuseNul(path, name, url);
  return path;
}

function refuseNul(bytes: Bytes, name: string, value: unknown): void {
  const has = typeof bytes === 'string' ? bytes.includes('\0') : bytes.includes(0);
  if (has)
    throw invalidValue(name, value, `must be ${typeof value === 'string' ? 'a string' : 'one'} without null bytes`);
}
