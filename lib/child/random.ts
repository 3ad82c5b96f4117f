// Why would a child not draw the same numbers as its parent and its siblings? All caches and states are in the copied
// heap. OpenSSL's own generator notices a fork by itself, and with it crypto.getRandomValues() and randomBytes().
import type crypto from 'node:crypto';
import { native } from '../native.js';

// lib/internal/crypto/random.js of Node: UUIDs are drawn for 128 at once, integers from 6 KiB at once, 6 bytes each.
const UUID_BATCH = 128;
const INTEGER_BATCH = (6 * 1024) / 6;
const LARGEST_RANGE = 2 ** 48 - 1;

/** Returns why a child would draw its parent's numbers, or undefined. @internal */
export function findRandomness(): string | undefined {
  if (native.findMathRandom(Math.random())) return undefined;
  return "Math.random() goes on in its children as in the parent: it is not V8's own here, or its state was not found";
}

/** Child. @internal */
export function refreshRandomness(): void {
  native.reseedMathRandom(Math.random());
  // What nobody has loaded has no caches.
  if (!isLoaded('internal/crypto/random')) return;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- importing it would load it for everyone
  const { randomUUID, randomInt } = require('node:crypto') as typeof crypto;
  for (let i = 0; i < UUID_BATCH; i++) randomUUID();
  for (let i = 0; i < INTEGER_BATCH; i++) randomInt(LARGEST_RANGE);
}

function isLoaded(builtin: string): boolean {
  return (process as unknown as { moduleLoadList: string[] }).moduleLoadList.includes(`NativeModule ${builtin}`);
}
