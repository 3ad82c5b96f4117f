// What does one ask of a pool, and what has one of it then?
import type { ThreadPolicy } from '../fork/thread-policy.js';
import type { ForkServer } from './server-types.js';

/** Options of {@link forkPool}. */
export interface ForkPoolOptions {
  /** How many children there are, at most 1024. Default: the number of processors (`os.availableParallelism()`). */
  size?: number;
  /** After as many tasks a child exits, and another is forked. Default `Infinity`. */
  tasksPerChild?: number;
  /** The same when it has more memory of its own (not shared with the parent) than this, in bytes. Default `Infinity`. */
  memoryPerChild?: number;
  /** How often a task at which a child has ended is tried again. Default 0. */
  retries?: number;
  /** After so many milliseconds at one task a child is killed; the task rejects with `ERR_POOL_TIMEOUT`. Default `Infinity`. */
  timeout?: number;
  /** How long a child may take to exit when it is told to, in milliseconds; then it is killed. Default 1000. */
  grace?: number;
  /** Runs in each child before its first task. If it throws, the pool fails with that error. */
  start?: () => unknown;
  /** What to do when threads live that `fork()` does not cover, as {@link ForkOptions} have it; also where a child is replaced. */
  threads?: ThreadPolicy;
  /** Kills all children. What has not been done rejects with an `AbortError`. */
  signal?: AbortSignal;
}

/** Options of {@link forkPool} with children of a fork server. */
export interface ServedPoolOptions<A extends unknown[], R> extends Omit<ForkPoolOptions, 'start' | 'threads'> {
  /** Whose children they are. */
  server: ForkServer<A, R>;
}

/** Lasting children that all run one function. */
export interface ForkPool<A extends unknown[], R> extends AsyncDisposable {
  /** Those that live: their pids, and how many tasks each has done. */
  readonly children: { readonly pid: number; readonly tasks: number }[];
  /**
   * Has `work` called with these arguments by the next child that is free. They are cloned at once, the result comes back as
   * that of {@link forkRun} does.
   *
   * @returns what `work` returned. Rejects with what it threw; {@link ChildExitError} if the child ended at it; `ERR_POOL_TIMEOUT`;
   * `ERR_POOL_CLOSED`; an `AbortError`; `ERR_INVALID_ARG_VALUE` if the arguments cannot be cloned; whatever the pool failed with
   */
  run(...args: A): Promise<R>;
  /**
   * Has `work` called for each item, and gives the results as they come, with the index of the item. Items are asked for as
   * there is room for them. Throws the first error; the items that were not begun by then are dropped, as they are when the loop is left.
   */
  map(items: Iterable<A[0]> | AsyncIterable<A[0]>): AsyncIterableIterator<[index: number, result: R], undefined>;
  /**
   * Replaces all children by such as see the heap as it is now. The old ones finish what they have begun.
   *
   * @returns when the new ones are ready
   */
  refork(): Promise<void>;
  /**
   * Ends all children: those that are at a task may finish it within `grace` milliseconds. Tasks that wait reject with
   * `ERR_POOL_CLOSED`, as do those that were killed.
   *
   * @returns when all have ended
   */
  close(): Promise<void>;
}
