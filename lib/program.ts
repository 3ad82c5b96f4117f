// What is handed to a new program? Its path, arguments and environment: bytes that end in NUL, and so contain none.
import { invalidType, invalidValue, validateObject } from './validate.js';

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

/** @internal */
export function validateArguments(value: unknown, name: string): asserts value is readonly string[] {
  if (!Array.isArray(value)) throw invalidType(name, 'an instance of Array', value);
  // Not forEach, which leaves out the holes.
  for (let i = 0; i < value.length; i++) validateString(value[i], `${name}[${i}]`);
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
