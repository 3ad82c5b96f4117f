// What does a child of a pool do? One task after the other, until its parent closes the port.
import { readFileSync } from 'node:fs';
import { encodeError, encodeResult, type Message } from './result.js';
import { ForkPort } from './port.js';

/** What a child is told. @internal */
export interface TaskMessage {
  id: number;
  args: unknown[];
}

/** What it says: that it is ready (`id` 0), or what came of a task. @internal */
export type PoolMessage = Message & {
  id: number;
  /** It has as much memory of its own as it may: no more tasks. */
  full: boolean;
};

/** How many tasks can be on their way to a child. The n-th has the place n % SLOTS in the memory that it shares with its parent. @internal */
export const SLOTS = 256;
/** What is there: the child may begin it, the parent has taken it back; anything else: the child has begun it. @internal */
export const CLAIMABLE = 1;
/** @internal */
export const TAKEN_BACK = 2;
const BEGUN = 3;

/** The `id` of the first message: that `start` has run. @internal */
export const READY = 0;

// To look costs as much as there is memory: a millisecond a gigabyte, or ten.
const LOOK_SHARE = 20;

/** Child. @internal */
export async function servePool(
  port: ForkPort,
  work: (...args: never[]) => unknown,
  start: (() => unknown) | undefined,
  memory: number,
  slots: Int32Array,
): Promise<void> {
  let received = 0;
  const isFull = memoryWatch(memory);
  try {
    await start?.();
  } catch (error) {
    ForkPort.postParts(port, encodeError(error, { id: READY, full: false }));
    return;
  }
  ForkPort.postParts(port, encodeResult(undefined, 'start', { id: READY, full: isFull() }));
  for await (const message of port) {
    const slot = received++ % SLOTS;
    if (Atomics.compareExchange(slots, slot, CLAIMABLE, BEGUN) !== CLAIMABLE) continue;
    const { id, args } = message as TaskMessage;
    let parts: Uint8Array[];
    try {
      const value = await work(...(args as never[]));
      parts = encodeResult(value, 'work', { id, full: isFull() });
    } catch (error) {
      parts = encodeError(error, { id, full: isFull() });
    }
    // The next task begins when this one's result is out: if this process is killed, its parent knows by which task.
    if (!ForkPort.postParts(port, parts)) await sent(port);
  }
}

function sent(port: ForkPort): Promise<void> {
  return new Promise((resolve) => {
    if (port.closed) resolve();
    port.once('drain', resolve);
    port.once('close', resolve);
  });
}

function memoryWatch(limit: number): () => boolean {
  let next = 0;
  let full = false;
  return () => {
    const start = performance.now();
    if (limit === Infinity || start < next) return full;
    full = privateMemory() > limit;
    next = performance.now() + (performance.now() - start) * LOOK_SHARE;
    return full;
  };
}

// In bytes: what this process does not share with its parent. See proc_pid_smaps(5).
function privateMemory(): number {
  let kilobytes = 0;
  for (const [, size] of readFileSync('/proc/self/smaps_rollup', 'latin1').matchAll(/^Private_\w+: +(\d+) kB$/gm)) {
    kilobytes += Number(size);
  }
  return kilobytes * 1024;
}
