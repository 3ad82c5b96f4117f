// Why would a child not draw the same numbers as its parent and its siblings? All caches and states are in the copied
// heap. OpenSSL's own generator notices a fork by itself, and with it crypto.getRandomValues() and randomBytes().
import process from 'node:process';
import type crypto from 'node:crypto';
import { loaded, USES } from '../node/loaded.js';
import { emptyRandomCaches, findRandomCaches, forgetWaiting, type RandomCaches } from '../node/random-caches.js';
import { isTested } from '../node/tested.js';
import { native } from '../sys/native.js';
import { retain } from './retained.js';

let numbers: typeof crypto | undefined; // if anybody uses it
let caches: RandomCaches | undefined; // of it, if they were found
let unknown = false; // they were not, and may be anywhere

/** Parent. False if children may draw the same values by `crypto.randomUUID()` and `crypto.randomInt()`. @internal */
export function knowsRandomCaches(): boolean {
  prepareRandomness();
  return !unknown;
}

// With pointer compression V8's objects are not laid out as native/node/random.cc reads them.
const { v8_enable_pointer_compression: isCompressed } = process.config.variables as Record<string, unknown>;

/** Parent. False if children draw the same values by `Math.random()`. @internal */
export function knowsMathRandom(): boolean {
  return !isCompressed && native.findMathRandom(drawMathRandom());
}

// A program's own Math.random() may do anything.
function drawMathRandom(): number {
  try {
    const drawn: unknown = Math.random();
    return typeof drawn === 'number' ? drawn : NaN;
  } catch {
    return NaN;
  }
}

/** Parent, before the fork. What nobody has loaded has no caches. @internal */
export function prepareRandomness(): void {
  if (numbers) return;
  // Web Crypto (`globalThis.crypto`) has the same ones.
  numbers = loaded<typeof crypto>('crypto', USES.crypto);
  if (!numbers) return;
  try {
    caches = findRandomCaches(numbers);
    unknown = !caches;
  } catch {
    unknown = !isTested(); // no inspector (--permission): they are emptied, whose sizes are known
  }
}

/** Child: as becomeChild() says. @internal */
export function refreshRandomness(): void {
  if (!isCompressed) native.reseedMathRandom(drawMathRandom());
  if (!numbers) return;
  if (!caches) {
    emptyRandomCaches(numbers);
    return;
  }
  const { bytes, waiting } = caches;
  for (let i = 0; i < bytes.length; i++) native.fillRandom(bytes[i] as Uint8Array);
  if (waiting && waiting.length > 0) retain(forgetWaiting(waiting, numbers));
}
