// Where does node:crypto keep the random values that it has drawn in advance? A child would give out its parent's.
//
// Nobody exports that memory, but crypto.randomUUID() and randomInt() see it: typed arrays in their closures (128 UUIDs and
// 6 KiB of integers in Node 20 to 26, lib/internal/crypto/random.js). An array is what it is taken for if what is in it comes out.
import type crypto from 'node:crypto';
import { native } from '../sys/native.js';
import { Inspection } from './inspect-scope.js';

// As they were before the program had a chance to patch them.
const { isArray, prototype: arrays } = Array;
const { setPrototypeOf } = Reflect;
const { Proxy } = globalThis;

const UUID_BATCH = 128;
const INTEGER_BATCH = 1024;
const LARGEST_RANGE = 2 ** 48 - 1; // six bytes of the cache, as they are
const WAITING = 'asyncCachePendingTasks';
const ZERO_UUID = '00000000-0000-4000-8000-000000000000';

/** What is drawn in advance. @internal */
export interface RandomCaches {
  bytes: Uint8Array[];
  /** Calls of randomInt() with a callback that wait until its cache is filled again. */
  waiting: unknown[] | undefined;
}

/**
 * The memory of both, which a child has to fill anew; undefined where it is not found.
 *
 * @throws where node:inspector is not to be had
 * @internal
 */
export function findRandomCaches({ randomUUID, randomInt }: typeof crypto): RandomCaches | undefined {
  return Inspection.run((inspection) => {
    const uuids = findCache(inspection, randomUUID, () => randomUUID(), ZERO_UUID);
    const integers = findCache(inspection, randomInt, () => randomInt(LARGEST_RANGE), 0);
    const waiting = inspection.scopeOf(randomInt, [WAITING]).get(WAITING);
    return uuids && integers && { bytes: [uuids, integers], waiting: isArray(waiting) ? waiting : undefined };
  });
}

function findCache(
  inspection: Inspection,
  seer: (...args: never[]) => unknown,
  draw: () => unknown,
  zero: unknown,
): Uint8Array | undefined {
  draw(); // some of it is there after the first time only
  return inspection.bytesSeenBy(seer).find((bytes) => isDrawnFrom(bytes, draw, zero));
}

function isDrawnFrom(bytes: Uint8Array, draw: () => unknown, zero: unknown): boolean {
  const before = bytes.slice();
  bytes.fill(0);
  // Two draws, because the first may be the one that fills it.
  const found = draw() === zero || draw() === zero;
  if (found) native.fillRandom(bytes);
  else bytes.set(before);
  return found;
}

interface Call {
  min: number;
  max: number;
  callback: (error: Error | null | undefined, drawn: number) => void;
}

/**
 * Child. What its parent's calls wait for, a filling of the cache in libuv's pool, ends in the parent alone, and Node begins no other
 * before that: calls of the child's would wait with them for ever. So they are answered as they come, from a cache that is filled at once.
 *
 * @returns the parent's calls
 * @internal
 */
export function forgetWaiting(waiting: unknown[], { randomInt }: typeof crypto): unknown[] {
  const parents: unknown[] = [];
  for (let i = 0; i < waiting.length; i++) parents[i] = waiting[i];
  waiting.length = 0;
  if (parents.length === 0) return parents;
  const set = (_target: unknown, _index: unknown, { min, max, callback }: Call): boolean => {
    randomInt(LARGEST_RANGE); // one without a callback fills it
    randomInt(min, max, callback);
    return true;
  };
  setPrototypeOf(waiting, new Proxy(arrays, { set })); // asked where an index is set that the array does not have
  return parents;
}

/** Child, without the inspector: draws all that may have been drawn in advance, in the Node.js that is known. @internal */
export function emptyRandomCaches({ randomUUID, randomInt }: typeof crypto): void {
  for (let i = 0; i < UUID_BATCH; i++) randomUUID();
  for (let i = 0; i < INTEGER_BATCH; i++) randomInt(LARGEST_RANGE);
}
