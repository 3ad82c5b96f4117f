// Which options does a pool have, and what can it do?
import type { ThreadPolicy } from '../fork/thread-policy.js';
import type { ForkServer } from './server-types.js';

/** Options of {@link forkPool}. */
export interface ForkPoolOptions {
  /** The number of children, at most 1024. Default: the number of processors (`os.availableParallelism()`). */
  size?: number;
  /** After so many tasks a child is replaced. Default `Infinity`. */
  tasksPerChild?: number;
  /** A child is replaced when it has more memory of its own (not shared with the parent) than this, in bytes. Default `Infinity`. */
  memoryPerChild?: number;
  /** How often a task is tried again when a child ends during it. Default 0. */
  retries?: number;
  /** A child that needs longer than this for a task, in milliseconds, is killed; the task rejects with `ERR_POOL_TIMEOUT`.
   * Default `Infinity`. */
  timeout?: number;
  /** How long a child may take to exit when it has to, in milliseconds; after that it is killed. Default 1000. */
  grace?: number;
  /** Runs in each child before its first task. If it throws, the pool fails with that error. */
  start?: () => unknown;
  /** What to do if there are threads that a child is not safe from, as in {@link ForkOptions}; also when a child is replaced. */
  threads?: ThreadPolicy;
  /** Kills all children. All pending tasks reject with an `AbortError`. */
  signal?: AbortSignal;
}

/** Options of {@link forkPool} with children of a fork server. */
export interface ServedPoolOptions<A extends unknown[], R> extends Omit<ForkPoolOptions, 'start' | 'threads'> {
  /** The server that forks the children. */
  server: ForkServer<A, R>;
}

/** What {@link ForkPool.map} gives: the results, either as they arrive, by `for await`, or all of them. */
export interface PoolMapping<R> extends AsyncIterableIterator<[index: number, result: R], undefined> {
  /**
   * Waits for all results, instead of a loop: of 100,000 small ones a `for await` alone takes 10 ms.
   *
   * @returns the results, in the order of the items. Rejects with the first error; with `ERR_INVALID_STATE` if results have been
   * asked for already, or `return()` ends it
   */
  results(): Promise<R[]>;
}

/** Long-lived children that all run one function. */
export interface ForkPool<A extends unknown[], R> extends AsyncDisposable {
  /** The children that are alive: their pids, and how many tasks each has done. */
  readonly children: { readonly pid: number; readonly tasks: number }[];
  /**
   * Lets the next free child call `work` with these arguments. They are cloned at once; the result comes back as with {@link
   * forkRun}.
   *
   * @returns what `work` returned. Rejects with what `work` threw; {@link ChildExitError} if the child ended during the task;
   * `ERR_POOL_TIMEOUT`; `ERR_POOL_CLOSED`; an `AbortError`; `ERR_INVALID_ARG_VALUE` if the arguments cannot be cloned; the pool's
   * error, if it has failed
   */
  run(...args: A): Promise<R>;
  /**
   * Lets the children call `work` for each item, and yields the results as they arrive, each with the index of its item. Items
   * are requested when there is room for them. It throws the first error; items that have not been started are then dropped, as
   * when the loop ends early.
   */
  map(items: Iterable<A[0]> | AsyncIterable<A[0]>): PoolMapping<R>;
  /**
   * Replaces all children by new ones, which have the heap as it is now. The old ones finish their tasks first.
   *
   * @returns when the new ones are ready
   */
  refork(): Promise<void>;
  /**
   * Ends all children. Tasks in progress may finish within `grace` milliseconds, then their children are killed. Those, and tasks
   * that wait, reject with `ERR_POOL_CLOSED`.
   *
   * @returns when all have ended
   */
  close(): Promise<void>;
}
