// How does one queue a microtask that async_hooks do not see? With V8's own function: queueMicrotask() adds a resource to it,
// which hooks would see.
import process from 'node:process';
import type { Inspection } from './inspect-scope.js';

/** Calls `callback` behind all ticks and microtasks that are queued. It must not throw. @internal */
export type Enqueue = (callback: () => void) => void;

// As they were before the program had a chance to patch them. A test's clock may have: what it leaves alone sees the same.
const { queueMicrotask } = globalThis;
const { _tickCallback: tickCallback } = process as unknown as { _tickCallback?: () => void };
const NAME = 'enqueueMicrotask'; // lib/internal/process/task_queues.js

/** Undefined where Node has it no longer. @internal */
export function findEnqueue(inspection: Inspection): Enqueue | undefined {
  for (const seer of [queueMicrotask, tickCallback]) {
    const found = seer && inspection.scopeOf(seer, [NAME]).get(NAME);
    if (typeof found === 'function' && found.name === NAME) return found as Enqueue;
  }
  return undefined;
}
