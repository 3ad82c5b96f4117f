// How does one queue a microtask that async_hooks do not see? With V8's own function: queueMicrotask() adds a resource to it,
// which hooks would see.
import type { Inspection } from './inspect-scope.js';

/** Calls `callback` behind all ticks and microtasks that are queued. It must not throw. @internal */
export type Enqueue = (callback: () => void) => void;

const { queueMicrotask } = globalThis; // as it was before the program had a chance to patch it
const NAME = 'enqueueMicrotask'; // lib/internal/process/task_queues.js

/** Undefined where Node has it no longer. @internal */
export function findEnqueue(inspection: Inspection): Enqueue | undefined {
  const found = inspection.scopeOf(queueMicrotask, [NAME]).get(NAME);
  return typeof found === 'function' && found.name === NAME ? (found as Enqueue) : undefined;
}
