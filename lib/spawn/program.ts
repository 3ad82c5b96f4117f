// What is handed to a new program? Its path, arguments and environment: bytes that end in NUL, and so contain none.
import { invalidType, invalidValue, isArray, validateObject } from '../sys/validate.js';

/** @internal */
export function validatePath(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value);
  if (value === '') throw invalidValue(name, value, 'cannot be empty');
  refuseNul(value, name);
}

/** @internal */
export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidType(name, 'of type string', value);
  refuseNul(value, name);
}

/** A copy: an array may answer otherwise when it is asked again. @internal */
export function toStrings(value: unknown, name: string): string[] {
  if (isArray(value) !== true) throw invalidType(name, 'an instance of Array', value);
  const array = value as readonly unknown[];
  const strings: string[] = [];
  // Not forEach, which leaves out the holes; nor an iterator of its own.
  for (let i = 0; i < array.length; i++) {
    const string = array[i];
    validateString(string, `${name}[${i}]`);
    strings.push(string);
  }
  return strings;
}

/** `NAME=value` of each; what is undefined is left out, as in child_process. @internal */
export function toEnvironment(value: unknown, name: string): string[] {
  validateObject(value, name);
  const environment: string[] = [];
  for (const [key, text] of Object.entries(value) as [string, unknown][]) {
    if (text === undefined) continue;
    if (key === '' || key.includes('=')) throw invalidValue(name, key, "has a name that is empty or contains '='");
    refuseNul(key, name);
    validateString(text, `${name}.${key}`);
    environment.push(`${key}=${text}`);
  }
  return environment;
}

function refuseNul(value: string, name: string): void {
  if (value.includes('\0')) throw invalidValue(name, value, 'must be a string without null bytes');
}
