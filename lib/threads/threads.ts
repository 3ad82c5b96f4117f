// Which threads does this process have, and which of them does fork() not cover?
import { isMainThread } from 'node:worker_threads';
import { native, type RawCensus, type ThreadKind } from '../sys/native.js';
import { listWorkers, type WorkerInfo } from './workers.js';

/** One thread of this process. */
export interface ThreadInfo {
  /** The kernel's thread id, as in `/proc/self/task`. */
  tid: number;
  /** Its name, as `ps -L` shows it. Node.js 20 calls nearly all of its threads `node`. */
  name: string;
  /** What kind of thread it is. */
  kind: ThreadKind;
  /** True while it is idle: it waits for work, and holds no lock. */
  parked: boolean;
  /** The system call that it is in, or `null` while it runs on a processor (or could). */
  syscall: string | null;
  /** True if `fork()` makes a child safe from this thread, whatever lock it holds. For the others see docs/forking-safely.md. */
  covered: boolean;
  /** The `threadId` of a Worker. */
  threadId?: number;
  /** The line that started a Worker: `file:line:column`. Missing if that was before this package was loaded. */
  startedAt?: string;
}

/** What fork() does not cover. @internal */
export interface Uncovered {
  threads: ThreadInfo[];
  /** Those of V8's profilers, which fork() covers if it is full and sees them come to rest. */
  profilers: ThreadInfo[];
  /** How many operations libuv's thread pool is working on. */
  operations: number;
}

/**
 * Lists every thread of the process as it is now. By the time you look at the list, threads may have become idle, gone on or
 * ended.
 *
 * @returns the main thread first, the others in the kernel's order
 * @throws only `ERR_FORK_UNSUPPORTED_RUNTIME`, where nothing works
 * @see proc(5), `/proc/<pid>/task`
 * @example
 * ```ts
 * const uncovered = posix.threads().filter((thread) => !thread.covered); // what fork() would warn of
 * console.log(uncovered); // prints: []
 * ```
 */
export function threads(): ThreadInfo[] {
  return nameWorkers(native.threads().threads);
}

/** `null` if fork() covers everything, which is the usual case and costs one look at /proc/self/task. @internal */
export function findUncovered(): Uncovered | null {
  const census = native.uncoveredThreads();
  if (census === null) return null;
  const found = nameWorkers(census.threads);
  return {
    threads: found.filter(({ covered }) => !covered),
    profilers: found.filter(({ covered }) => covered),
    operations: census.operations,
  };
}

// They stand still during a fork, and what of them is in the child can be stopped there.
function coverProfilers(raw: RawCensus['threads']): void {
  const profilers = raw.filter((thread) => thread.profiler);
  if (profilers.length === 0 || !isMainThread || !native.stopsProfilers()) return;
  for (const profiler of profilers) profiler.covered = true;
}

// Node does not tell the tid of a Worker, nor, on 20 and 22, which threads are Workers. But it starts their threads in the order
// of their threadIds, and the kernel gives them tids in that order.
function nameWorkers(raw: RawCensus['threads']): ThreadInfo[] {
  coverProfilers(raw);
  const found = raw.map(({ tid, name, kind, parked, syscall, covered, unnamed }) => {
    const info: ThreadInfo = { tid, name, kind, parked, syscall, covered };
    return { unnamed, info };
  });
  const suspects = found.filter(({ info }) => !info.covered);
  if (!isMainThread || suspects.length === 0) return found.map(({ info }) => info);

  const workers = listWorkers();
  // A thread's name has 15 bytes at most.
  const titles = new Set(workers.map(({ title }) => title?.slice(0, 15)));
  const sure = suspects.filter(({ info }) => info.kind === 'worker');
  const maybe = suspects.filter(
    ({ info, unnamed }) =>
      info.kind === 'worker' || (['foreign', 'libuv-worker'].includes(info.kind) && (unnamed || titles.has(info.name))),
  );
  const matching = [sure, maybe].find((candidates) => candidates.length === workers.length) ?? [];
  matching.forEach(({ info }, i) => {
    const { threadId, startedAt } = workers[i] as WorkerInfo;
    Object.assign(info, { kind: 'worker', threadId, ...(startedAt !== undefined && { startedAt }) });
  });
  return found.map(({ info }) => info);
}
