// Where does node:crypto keep the random values that it has drawn in advance? A child would give out its parent's.
//
// Nobody exports that memory, but crypto.randomUUID() and randomInt() see it: typed arrays in their closures (128 UUIDs and
// 6 KiB of integers in Node 20 to 26, lib/internal/crypto/random.js). An array is what it is taken for if what is in it comes out.
import type crypto from 'node:crypto';
import { native } from '../sys/native.js';
import { Inspection } from './inspect-scope.js';

const UUID_BATCH = 128;
const INTEGER_BATCH = 1024;
const LARGEST_RANGE = 2 ** 48 - 1; // six bytes of the cache, as they are
const ZERO_UUID = '00000000-0000-4000-8000-000000000000';

/**
 * The memory of both, which a child has to fill anew; undefined where it is not found.
 *
 * @throws where node:inspector is not to be had
 * @internal
 */
export function findRandomCaches({ randomUUID, randomInt }: typeof crypto): Uint8Array[] | undefined {
  return Inspection.run((inspection) => {
    const uuids = findCache(inspection, randomUUID, () => randomUUID(), ZERO_UUID);
    const integers = findCache(inspection, randomInt, () => randomInt(LARGEST_RANGE), 0);
    return uuids && integers && [uuids, integers];
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

/** Child, without the inspector: draws all that may have been drawn in advance, in the Node.js that is known. @internal */
export function emptyRandomCaches({ randomUUID, randomInt }: typeof crypto): void {
  for (let i = 0; i < UUID_BATCH; i++) randomUUID();
  for (let i = 0; i < INTEGER_BATCH; i++) randomInt(LARGEST_RANGE);
}
