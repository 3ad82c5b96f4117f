// Why would a child not draw the same numbers as its parent and its siblings? All caches and states are in the copied
// heap. OpenSSL's own generator notices a fork by itself, and with it crypto.getRandomValues() and randomBytes().
import type crypto from 'node:crypto';
import { native } from '../sys/native.js';
import { loaded } from '../node/loaded.js';

// lib/internal/crypto/random.js of Node: UUIDs are drawn for 128 at once, integers from 6 KiB at once, 6 bytes each.
const UUID_BATCH = 128;
const INTEGER_BATCH = (6 * 1024) / 6;
const LARGEST_RANGE = 2 ** 48 - 1;

/** Returns why a child would draw its parent's numbers, or undefined. @internal */
export function findRandomness(): string | undefined {
  if (native.findMathRandom(Math.random())) return undefined;
  return "Math.random() goes on in its children as in the parent: it is not V8's own here, or its state was not found";
}

let numbers: typeof crypto | undefined;

/** Parent, before the fork. What nobody has loaded has no caches. @internal */
export function prepareRandomness(): void {
  numbers ??= loaded<typeof crypto>('crypto', 'internal/crypto/random');
}

/** Child. @internal */
export function refreshRandomness(): void {
  native.reseedMathRandom(Math.random());
  if (!numbers) return;
  const { randomUUID, randomInt } = numbers;
  for (let i = 0; i < UUID_BATCH; i++) randomUUID();
  for (let i = 0; i < INTEGER_BATCH; i++) randomInt(LARGEST_RANGE);
}
