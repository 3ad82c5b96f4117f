// Which Workers does this thread have, and what of them is left in a child?
import type { InspectorNotification } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { whenChild } from './child/index.js';

/** A Worker of this thread that runs. @internal */
export interface WorkerInfo {
  threadId: number;
  /** Its `name` option, which Node 24 and later give its thread. */
  title?: string;
  file?: string;
}

const workers = new Set<Worker>();

// @types/node 20 does not know that the event passes the Worker.
(process as NodeJS.EventEmitter).on('worker', (worker: Worker) => {
  workers.add(worker);
  worker.once('exit', () => workers.delete(worker));
});

/**
 * In the order of their threadIds, which is that in which their threads were started. Node's inspector knows their files
 * and those that were there before this package; without it, only the `worker` events tell. @internal
 */
export function listWorkers(): WorkerInfo[] {
  const found = askInspector() ?? [...workers].map(({ threadId }) => ({ threadId }));
  return found.filter(({ threadId }) => threadId > 0).sort((a, b) => a.threadId - b.threadId);
}

// What held Workers of the parent looks ended in the child, as it does after their `exit`. Posting to them or stopping
// them would write into memory that their threads had.
whenChild(() => {
  for (const worker of workers) {
    worker.unref(); // they do not keep the child's loop alive
    // What Node's own exit handler does (lib/internal/worker.js), less the events: nothing has ended here.
    for (const symbol of Object.getOwnPropertySymbols(worker)) {
      if (['kHandle', 'kPort', 'kPublicPort'].includes(symbol.description ?? '')) Reflect.set(worker, symbol, null);
    }
  }
  workers.clear();
});

interface WorkerAttached {
  workerInfo: { title: string; url: string };
}

// 0.7 to 0.9 ms with three Workers.
function askInspector(): WorkerInfo[] | undefined {
  const found: WorkerInfo[] = [];
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- not every build has it
    const { Session } = require('node:inspector') as typeof import('node:inspector');
    const session = new Session();
    session.connect();
    session.on('NodeWorker.attachedToWorker', ({ params }: InspectorNotification<WorkerAttached>) => {
      const [, id, title = ''] = /^\[worker (\d+)\] ?(.*)$/s.exec(params.workerInfo.title) ?? [];
      const { url } = params.workerInfo;
      found.push({
        threadId: Number(id),
        title,
        ...(url && { file: url.startsWith('file:') ? fileURLToPath(url) : url }),
      });
    });
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    session.post('NodeWorker.disable');
    session.disconnect();
  } catch {
    return undefined; // a build without the inspector
  }
  return found;
}
