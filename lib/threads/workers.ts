// Which Workers does this thread have, and what of them is left in a child?
import { subscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { beforeExitListeners } from '../child/exit.js';
import { whenChild } from '../child/when-child.js';
import { Inspection } from '../node/inspect-scope.js';
import { clearParts, hasKnownParts, isWhole } from '../node/worker-parts.js';
import { findChanged, withBuiltIns } from '../sys/built-ins.js';
import { lineBelow } from '../sys/stack.js';

/** A Worker of this thread that runs. @internal */
export interface WorkerInfo {
  threadId: number;
  /** Its `name` option, which Node 24 and later give its thread. */
  title?: string | null | undefined;
  startedAt?: string | undefined;
}

// As they were before the program had a chance to patch them.
const { apply, get } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a Worker
const { on } = EventEmitter.prototype;

// And the line that started each. (A Worker does not tell its file. Node's inspector does, but with a session that listens for Workers
// the process ends now and then as one starts while another ends: by SIGABRT in MainThreadInterface::Post, or by SIGSEGV in
// WorkerManager::SetAutoAttach, both on Node 20.)
const workers = new Map<Worker, string | undefined>();

subscribe('worker_threads', onWorker);

// It is called by the constructor, and what it throws would end the process. The Worker may be of a class of the program's, and is not
// made yet.
function onWorker(message: unknown): void {
  withBuiltIns(findChanged(), () => {
    remember((message as { worker: Worker }).worker, lineBelow(onWorker));
  });
}

function remember(worker: Worker, startedAt?: string): void {
  workers.set(worker, startedAt);
  const forget = (): void => {
    workers.delete(worker);
  };
  apply(on, worker, ['exit', forget]);
}

let strangers = 0; // threads that look like a Worker's, and are not of one that this thread has made

/**
 * Parent, before the fork: finds those that were made before this package was loaded. It walks the heap, once.
 *
 * @param alive - how many threads there are that look like a Worker's. @internal
 */
export function findEarlierWorkers(alive: number): void {
  if (alive <= workers.size + strangers) return;
  try {
    const all = Inspection.run((inspection) => inspection.allWith(Worker.prototype)) as Worker[];
    for (const worker of all) if (isWhole(worker) && worker.threadId > 0 && !workers.has(worker)) remember(worker);
  } catch {
    // without node:inspector
  }
  strangers = Math.max(0, alive - workers.size);
}

/** In the order of their threadIds, which is that in which their threads were started. @internal */
export function listWorkers(): WorkerInfo[] {
  return [...workers]
    .map(([worker, startedAt]) => ({ threadId: worker.threadId, title: titleOf(worker), startedAt }))
    .filter(({ threadId }) => threadId > 0)
    .sort((a, b) => a.threadId - b.threadId);
}

// Since Node 22.20 and 24.6.
function titleOf(worker: Worker): string | null | undefined {
  return (worker as { threadName?: string | null }).threadName;
}

/** False if a Worker of the parent's would not look ended in a child. @internal */
export function knowsWorkers(): boolean {
  return [...workers.keys()].every(hasKnownParts);
}

// What held Workers of the parent looks ended in the child, as it does after their `exit`. Posting to them or stopping
// them would write into memory that their threads had.
const told = new WeakSet<Worker>(); // of their own end
let inherited: Worker[] = []; // a child's: those that it has not made itself

whenChild(() => {
  inherited = [...workers.keys()];
  for (const worker of inherited) {
    worker.unref(); // they do not keep the child's loop alive
    clearParts(worker);
  }
});

// A stream whose data a Worker writes out (thread-stream, and so pino's transports) is flushed as its process ends, and that waits for
// the Worker's thread: ten seconds for each step, where there is none. It is told what it asks before: the Worker has exited. Nobody else
// is: what hears of a Worker's end starts another one, or begins to clean up, and all of that is the parent's.
interface Waiting {
  flushSync?: unknown;
}

// By index: here the program's own built-ins are in their places.
beforeExitListeners(() => {
  for (let i = 0; i < inherited.length; i++) {
    const worker = inherited[i] as Worker;
    const held = get(worker, 'stream') as { deref?: () => Waiting | undefined } | undefined;
    const stream = typeof held?.deref === 'function' ? held.deref() : undefined;
    if (typeof stream?.flushSync !== 'function' || told.has(worker)) continue;
    told.add(worker);
    worker.emit('exit', 0);
  }
});
