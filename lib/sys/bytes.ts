// Is this text, or are these bytes, what the kernel can be given: a path, a name, an argument? They end in NUL, and so contain none.
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { Bytes } from './native.js';
import { invalidType, invalidValue, isInstance } from './validate.js';

/** @internal */
export function validatePath(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value);
  if (value === '') throw invalidValue(name, value, 'cannot be empty');
  refuseNul(value, name, value);
}

/** A path as `node:fs` takes it. @internal */
export function toPath(value: unknown, name: string): Bytes {
  const path = toPathOrEmpty(value, name);
  if (path.length === 0) throw invalidValue(name, value, 'cannot be empty');
  return path;
}

/** A path, or what is empty: where child_process takes that. @internal */
export function toPathOrEmpty(value: unknown, name: string): Bytes {
  return isInstance(value, URL) ? pathOf(value, name) : toBytes(value, name, ', Uint8Array or URL');
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

/** @internal */
export function refuseNul(bytes: Bytes, name: string, value: unknown): void {
  const has = typeof bytes === 'string' ? bytes.includes('\0') : bytes.includes(0);
  if (has)
    throw invalidValue(name, value, `must be ${typeof value === 'string' ? 'a string' : 'one'} without null bytes`);
}
