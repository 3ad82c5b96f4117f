// How does a program become two?
import { getHeapStatistics } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { becomeChild } from './child/index.js';
import { type Kept, prepareTimers } from './child/timers.js';
import { codedError } from './errors.js';
import { type Keepable, resolveKept } from './keep.js';
import { native } from './native.js';
import { assertNotExiting } from './teardown.js';
import { validateInteger, validateObject, validateOneOf } from './validate.js';

/** Options of {@link fork}. */
export interface ForkOptions {
  /**
   * `'stack'` (default): only the calling stack survives; the child goes on with the code that called `fork()`, and with
   * what that code starts, while timers, servers, sockets, watchers and the IPC channel stay the parent's alone. `'all'`:
   * the child has all of them, too.
   */
  inherit?: 'stack' | 'all';
  /** What the child is to have with `inherit: 'stack'`, too: servers and sockets that are open, and descriptors. */
  keep?: Iterable<Keepable>;
  /**
   * How long to wait, in milliseconds, until V8's worker threads are parked. Typically they are after 0 to 1.3.
   * Default 1000.
   */
  quiesceTimeout?: number;
  /**
   * `'full'` (default): the child is a whole Node.js process. `'bare'`: the child is not repaired; it may only exec or
   * `_exit`, and may hang in anything else.
   */
  runtime?: 'full' | 'bare';
}

const DEFAULT_QUIESCE_TIMEOUT = 1000;
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * The real `fork(2)`: from here on there are two processes, and both go on with the next statement.
 *
 * @returns 0 in the child; in the parent, the child's pid
 * @throws
 * - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`: a wrong option
 * - `ERR_FORK_IN_WORKER`: called in a Worker thread (the child would have no main thread)
 * - `ERR_FORK_AT_EXIT`: called from the `exit` event on
 * - `ERR_FORK_BUSY`: V8's threads were not at rest within `quiesceTimeout`
 * - `ERR_FORK_UNSUPPORTED_RUNTIME`: a child would not work here; see {@link support}
 * - `EAGAIN`, `ENOMEM`: as `fork(2)`
 *
 * Whatever it throws, nothing was forked, and the process is as before.
 * @see fork(2)
 * @example
 * ```ts
 * const pid = posix.fork();
 * if (pid === 0) {
 *   await work();
 *   posix._exit(0);
 * }
 * const status = await posix.waitpid(pid);
 * ```
 */
export function fork(options: ForkOptions = {}): number {
  return forkLeavingOut(0, options);
}

/** The same, for tests that leave a step of native/fork/fork.cc out to see what it is for. @internal */
export function forkLeavingOut(skip: number, options: ForkOptions = {}): number {
  assertNotExiting('fork()');
  const { quiesceTimeout, runtime, inherit, kept } = validateForkOptions(options, 'fork');
  const bare = runtime === 'bare';
  const inheritAll = inherit === 'all';
  if (!bare && !inheritAll) prepareTimers();
  const heapSize = getHeapStatistics().total_heap_size;
  const pid = native.fork(quiesceTimeout, heapSize, bare, skip, inheritAll, kept.fds);
  if (pid === 0) becomeChild({ bare, inheritAll, kept });
  return pid;
}

/** @internal */
export function validateForkOptions(options: ForkOptions, name: string): Required<ForkOptions> & { kept: Kept } {
  validateObject(options, 'options');
  const { quiesceTimeout = DEFAULT_QUIESCE_TIMEOUT, runtime = 'full', inherit = 'stack', keep = [] } = options;
  validateInteger(quiesceTimeout, 'options.quiesceTimeout', 0, MAX_TIMEOUT);
  validateOneOf(runtime, 'options.runtime', ['full', 'bare']);
  validateOneOf(inherit, 'options.inherit', ['stack', 'all']);
  const kept = resolveKept(keep);
  if (!isMainThread) {
    throw codedError(
      Error,
      'ERR_FORK_IN_WORKER',
      `${name}() does not work in a Worker thread: the child would have no main thread. Call it in the main thread`,
    );
  }
  return { quiesceTimeout, runtime, inherit, keep, kept };
}
