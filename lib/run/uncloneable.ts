// Which part of a value cannot be cloned?
import { inspect, types } from 'node:util';
import { serialize } from 'node:v8';
import { privatePart } from './private-state.js';

/** A part of a value, and the way to it. @internal */
export interface Part {
  path: string;
  part: unknown;
}

/** The first one in order, as deep as it goes. @param name - of the whole. @internal */
export function findUncloneable(value: unknown, name: string): Part {
  const whole = { path: name, part: value };
  try {
    return find(whole, new Set()) ?? whole;
  } catch {
    return whole; // a getter that throws, or nested too deeply to look
  }
}

/** @internal */
export function isCloneable(value: unknown): boolean {
  try {
    return privatePart(value, serialize(value).length) === undefined;
  } catch {
    return false;
  }
}

// undefined: all such parts of it were looked at already.
function find({ path, part: value }: Part, seen: Set<unknown>): Part | undefined {
  if (value === null || typeof value !== 'object' || types.isProxy(value)) return { path, part: value };
  if (seen.has(value)) return undefined;
  seen.add(value);
  let inPart = false;
  for (const [step, part] of partsOf(value)) {
    if (isCloneable(part)) continue;
    inPart = true;
    const found = find({ path: path + step, part }, seen);
    if (found !== undefined) return found;
  }
  return inPart ? undefined : { path, part: value };
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
