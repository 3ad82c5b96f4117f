// What does Node's own exit handler clear in a Worker object that has ended (lib/internal/worker.js)?
import type { Worker } from 'node:worker_threads';

const PARTS = ['kHandle', 'kPort', 'kPublicPort'];

/** The prototypes of classes that extend Worker are no Workers. @internal */
export function isWhole(worker: Worker): boolean {
  return Object.getOwnPropertySymbols(worker).some(({ description }) => description === PARTS[0]);
}

// What Node's C++ tells of the thread's end: it takes `messagePort` away, and calls `onexit` (Worker::JoinThread of src/node_worker.cc).
interface Handle {
  messagePort?: object;
  onexit?: unknown;
}

function handleOf(worker: Worker): Handle | null {
  const symbol = Object.getOwnPropertySymbols(worker).find(({ description }) => description === PARTS[0]);
  return symbol === undefined ? null : (Reflect.get(worker, symbol) as Handle | null);
}

/** @internal */
export function hasKnownParts(worker: Worker): boolean {
  const names = Object.getOwnPropertySymbols(worker).map(({ description }) => description);
  const handle = handleOf(worker);
  return (
    PARTS.every((part) => names.includes(part)) && (handle === null || ('messagePort' in handle && 'onexit' in handle))
  );
}

/**
 * Without the events: nothing has ended; and if the thread has, its end is the parent's to hear. If the fork is in what Node does as it
 * hears of that end (it hands out the last messages), Node clears the parts itself, further up on this stack, and needs them. @internal
 */
export function clearParts(worker: Worker): void {
  const handle = handleOf(worker);
  if (handle !== null) {
    if (handle.messagePort === undefined) return;
    handle.onexit = null;
  }
  for (const symbol of Object.getOwnPropertySymbols(worker)) {
    if (PARTS.includes(symbol.description ?? '')) Reflect.set(worker, symbol, null);
  }
}
