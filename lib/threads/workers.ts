// Which Workers does this thread have, and what of them is left in a child?
import { subscribe } from 'node:diagnostics_channel';
import type { InspectorNotification, Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { beforeExitListeners } from '../child/exit.js';
import { whenChild } from '../child/when-child.js';
import { Inspection } from '../node/inspect-scope.js';
import { openSession } from '../node/session.js';
import { clearParts, hasKnownParts, isWhole } from '../node/worker-parts.js';

/** A Worker of this thread that runs. @internal */
export interface WorkerInfo {
  threadId: number;
  /** Its `name` option, which Node 24 and later give its thread. */
  title?: string;
  file?: string;
}

const { get } = Reflect; // as it was before the program had a chance to patch it

const workers = new Set<Worker>();
// What the inspector has said of them, by threadId.
const attached = new Map<number, { title: string; file?: string }>();
let session: Session | undefined;

subscribe('worker_threads', (message) => {
  remember((message as { worker: Worker }).worker);
  // The thread has just been started: it takes milliseconds until the inspector knows it.
  session ??= listen();
});

function remember(worker: Worker): void {
  workers.add(worker);
  const { threadId } = worker;
  worker.once('exit', () => {
    workers.delete(worker);
    attached.delete(threadId);
  });
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
    .map(({ threadId }) => ({ threadId, ...attached.get(threadId) }))
    .filter(({ threadId }) => threadId > 0)
    .sort((a, b) => a.threadId - b.threadId);
}

/** False if a Worker of the parent's would not look ended in a child. @internal */
export function knowsWorkers(): boolean {
  return [...workers].every(hasKnownParts);
}

// What held Workers of the parent looks ended in the child, as it does after their `exit`. Posting to them or stopping
// them would write into memory that their threads had.
const told = new WeakSet<Worker>(); // of their own end
let inherited: Worker[] = []; // a child's: those that it has not made itself

whenChild(() => {
  inherited = [...workers];
  for (const worker of workers) {
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

interface WorkerAttached {
  sessionId: string;
  workerInfo: { title: string; url: string };
}

// A Worker object does not tell its file; Node's inspector does. It is asked to tell of each Worker that starts, rather than
// for a list when one is wanted: in the middle of that list it lets other Workers end, and crashed (SIGSEGV in
// node::inspector::WorkerManager::SetAutoAttach, in one of 40 storms of Workers that start and end on Node 20).
function listen(): Session | undefined {
  try {
    const opened = openSession();
    opened.on('NodeWorker.attachedToWorker', ({ params }: InspectorNotification<WorkerAttached>) => {
      const [, id, title = ''] = /^\[worker (\d+)\] ?(.*)$/s.exec(params.workerInfo.title) ?? [];
      const { url } = params.workerInfo;
      attached.set(Number(id), { title, ...(url && { file: url.startsWith('file:') ? fileURLToPath(url) : url }) });
      opened.post('NodeWorker.detach', { sessionId: params.sessionId });
    });
    opened.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return opened;
  } catch {
    return undefined; // a build without the inspector
  }
}
