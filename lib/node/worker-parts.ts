// What does Node's own exit handler clear in a Worker object that has ended (lib/internal/worker.js)?
import type { Worker } from 'node:worker_threads';

const PARTS = ['kHandle', 'kPort', 'kPublicPort'];

/** The prototypes of classes that extend Worker are no Workers. @internal */
export function isWhole(worker: Worker): boolean {
  return Object.getOwnPropertySymbols(worker).some(({ description }) => description === PARTS[0]);
}

/** @internal */
export function hasKnownParts(worker: Worker): boolean {
  const names = Object.getOwnPropertySymbols(worker).map(({ description }) => description);
  return PARTS.every((part) => names.includes(part));
}

/** Without the events: nothing has ended. @internal */
export function clearParts(worker: Worker): void {
  for (const symbol of Object.getOwnPropertySymbols(worker)) {
    if (PARTS.includes(symbol.description ?? '')) Reflect.set(worker, symbol, null);
  }
}
