// How does a program become two?
import { getHeapStatistics } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { forkBetweenHandlers } from './at-fork.js';
import { becomeChild, prepareChild } from '../child/become-child.js';
import { rehearse } from '../child/rehearsal.js';
import { ownConnections } from '../child/standard-streams.js';
import type { Kept } from '../child/timers.js';
import { codedError } from '../sys/errors.js';
import { type Keepable, resolveKept } from './keep.js';
import { type Changed, findChanged, withBuiltIns } from '../sys/built-ins.js';
import { native, noop } from '../sys/native.js';
import { framesAbove } from '../sys/stack.js';
import { assertNotExiting } from '../node/exiting.js';
import { requireTestedOrTried } from './untested.js';
import type { Uncovered } from '../threads/threads.js';
import { findEarlierWorkers } from '../threads/workers.js';
import { validateInteger, validateOneOf, validateOptions, MAX_INT } from '../sys/validate.js';
import { lookForLeaks, warnOfLeaks } from './leak-warning.js';
import { requireStack } from './stack-left.js';
import { checkProfilers, checkThreads, emitPendingWarning, threadPolicy, type ThreadPolicy } from './thread-policy.js';

/** Options of {@link fork}. */
export interface ForkOptions {
  /** What to do if there are threads that a child is not safe from (see {@link ThreadInfo}, `covered`). Default: as {@link
   * setThreadPolicy} says. */
  threads?: ThreadPolicy;
  /**
   * `'stack'` (default): only the calling stack survives. The child continues with the code that called `fork()`, and with what
   * that code starts; timers, servers, sockets, watchers and the IPC channel stay the parent's. `'all'`: the child has all of
   * them, too.
   */
  inherit?: 'stack' | 'all';
  /** Open servers, sockets and descriptors that the child has although `inherit` is `'stack'`. */
  keep?: Iterable<Keepable>;
  /**
   * How long to wait, in milliseconds, until V8's worker threads are idle, and Workers are paused: usually 0 to 1.3, but seconds
   * on an overloaded machine. Default 5000. With `runtime: 'bare'` it forks then anyway.
   */
  quiesceTimeout?: number;
  /**
   * `'full'` (default): the child is a whole Node.js process. `'bare'`: the child is not repaired. It has only its main thread,
   * must exec or `_exit` at once, and may hang in anything else. (If a full fork would be possible, it may collect garbage. In an
   * unknown runtime, 3 of 3,000 children hung in a collection.) `spawn()` has no such risk.
   */
  runtime?: 'full' | 'bare';
}

/** @internal */
export const FORK_OPTIONS = ['threads', 'inherit', 'keep', 'quiesceTimeout', 'runtime'] as const;
// Usually less than 1 ms. With a load of 13 to 25 from elsewhere on two processors it took more than a second: for V8's own
// threads (a test run of this package), and beside eight busy Workers (test/stress/beside-workers.mjs).
const DEFAULT_QUIESCE_TIMEOUT = 5000;

/**
 * The real `fork(2)`: from here on there are two processes, and both continue with the next statement.
 *
 * # Safety
 *
 * The code that runs in the child has duties. ({@link forkRun}, which most programs should use, takes care of the first, and
 * waits.)
 * - **End the child**: call `_exit()` or `process.exit()` when the work is done. A `return` or `throw` ends up in the parent's
 * callers, its `catch` and `finally`.
 * - **Open your own connections**: the parent's sockets, servers and pipes are disconnected in the child, unless `keep` or
 * `inherit` says otherwise. Files are shared, together with their position.
 * - **Do not wait for anything that the parent has started**: its timers are cleared, and the callbacks of its operations never
 * run.
 * - **Take no lock that another thread may have held**: it stays locked. `fork()` makes Node's own threads safe; beside others it
 * warns (see {@link setThreadPolicy}).
 *
 * The parent must wait for the child ({@link waitpid}); otherwise the child stays a zombie.
 *
 * @returns 0 in the child; in the parent, the child's pid
 * @throws
 * - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`: a wrong option
 * - `ERR_FORK_IN_WORKER`: called in a Worker thread (the child would have no main thread)
 * - `ERR_FORK_AT_EXIT`: called in an `exit` listener or later
 * - `ERR_FORK_STACK`: called so deep in a recursion that too little of the stack is left
 * - `ERR_FORK_THREADS`: there are threads that a child is not safe from, and the policy is `'throw'`
 * - `ERR_FORK_IN_HANDLER`: called by an at-fork handler
 * - whatever a `before` handler throws (see {@link registerAtFork})
 * - `ERR_FORK_BUSY`: V8's threads, or Workers, were not idle within `quiesceTimeout`
 * - `ERR_FORK_UNSUPPORTED_RUNTIME`: a child would not work here; see {@link support}. In a minor version of Node.js that the
 * package was not tested with, the first call first tries a fork in another process
 * - `EAGAIN`, `ENOMEM`: as `fork(2)`
 *
 * If it throws, nothing was forked, and the process is as before.
 * @see fork(2)
 * @example
 * ```ts
 * const answers = new Map([['life', 42]]);
 * const pid = posix.fork();
 * if (pid === 0) posix._exit(answers.get('life'));
 * console.log(posix.WEXITSTATUS((await posix.waitpid(pid)).raw)); // prints: 42
 * ```
 */
export function fork(options: ForkOptions = {}): number {
  const changed = findChanged();
  return forkFrom(
    () => framesAbove(fork)(),
    withBuiltIns(changed, () => checkForkOptions(validateOptions(options, 'options', FORK_OPTIONS), 'fork')),
    changed,
  );
}

/** The same, for tests that leave a step of native/fork/fork.cc out to see what it is for. @internal */
export function forkLeavingOut(skip: number, options: ForkOptions = {}): number {
  return forkFrom(
    () => framesAbove(forkLeavingOut)(),
    checkForkOptions(validateOptions(options, 'options', FORK_OPTIONS), 'fork'),
    findChanged(),
    { skip },
  );
}

/**
 * The same, for whatever stands between the user and the fork.
 *
 * @param frames - the stack from the user's line on, for the warning; called in the parent only
 * @param changed - what the program has changed of what is built in: findChanged()
 * @param isRunner - the child will be one of run/child.ts
 * @param refusesProfilers - those that do not come to rest, whatever the policy is. @internal
 */
export function forkFrom(
  frames: () => string,
  options: CheckedForkOptions,
  changed: Changed,
  { skip = 0, isRunner = false, refusesProfilers = false } = {},
): number {
  assertNotExiting('fork()');
  requireStack('fork()');
  const { quiesceTimeout, runtime, inherit, kept, policy } = options;
  const bare = runtime === 'bare';
  const inheritAll = inherit === 'all';
  const child = { bare, inheritAll, kept };
  if (!bare) withBuiltIns(changed, requireTestedOrTried);
  let uncovered: Uncovered | null = null;
  let connections: number[] = [];
  // V8's profiler, which is seen to come to rest, or not, in the fork itself.
  const mayStop = () => !bare && uncovered !== null && uncovered.profilers.length > 0;
  const afterInChild = () => {
    becomeChild(changed, child);
  };
  return forkBetweenHandlers(
    () => {
      const heapSize = getHeapStatistics().total_heap_size;
      const mustStop = (policy === 'throw' || refusesProfilers) && mayStop();
      const pid = native.fork(
        quiesceTimeout ?? DEFAULT_QUIESCE_TIMEOUT,
        heapSize,
        bare,
        skip,
        inheritAll,
        kept.fds,
        connections,
        uncovered !== null,
        mustStop,
        noop,
      );
      const unstopped = mustStop ? pid < 0 : pid > 0 && mayStop() && !native.mayProfile();
      if (unstopped) {
        withBuiltIns(changed, () => {
          checkProfilers(mustStop ? 'throw' : policy, uncovered as Uncovered, frames);
        });
      }
      return pid;
    },
    {
      before: () => {
        withBuiltIns(changed, () => {
          uncovered = checkThreads(policy, frames, bare);
          const workers = uncovered?.threads.filter(({ kind }) => kind === 'worker').length ?? 0;
          if (!bare) findEarlierWorkers(workers);
          prepareChild(child, workers > 0);
          if (!bare && !isBesideUnknown(uncovered)) rehearse(afterInChild, isRunner);
          if (bare) lookForLeaks(true);
          if (bare || inheritAll) return;
          connections = ownConnections();
          lookForLeaks(false);
        });
      },
      afterInParent: () => {
        withBuiltIns(changed, () => {
          emitPendingWarning();
          warnOfLeaks();
        });
      },
      afterInChild,
    },
  );
}

// A thread that may stop what the main thread runs, as a debugger does.
function isBesideUnknown(uncovered: Uncovered | null): boolean {
  const { threads = [], profilers = [] } = uncovered ?? {};
  return profilers.length > 0 || threads.some(({ kind }) => kind !== 'worker' && kind !== 'libuv-worker');
}

/** What {@link fork} was told, checked. @internal */
export interface CheckedForkOptions {
  quiesceTimeout: number | undefined;
  runtime: 'full' | 'bare';
  inherit: 'stack' | 'all';
  kept: Kept;
  policy: ThreadPolicy;
}

// Of an object that was put together from others, too, nothing is taken that Object.prototype has.
function ownOnly(known: ForkOptions): ForkOptions {
  return Object.assign(Object.create(null) as ForkOptions, known);
}

/** Once for each call of the user's. @param known - as validateOptions() gives them. @internal */
export function checkForkOptions(known: ForkOptions, name: string): CheckedForkOptions {
  const { quiesceTimeout, runtime = 'full', inherit = 'stack', keep = [], threads } = ownOnly(known);
  if (quiesceTimeout !== undefined) validateInteger(quiesceTimeout, 'options.quiesceTimeout', 0, MAX_INT);
  validateOneOf(runtime, 'options.runtime', ['full', 'bare']);
  validateOneOf(inherit, 'options.inherit', ['stack', 'all']);
  const policy = threadPolicy(threads);
  const kept = resolveKept(keep);
  if (!isMainThread) {
    throw codedError(
      Error,
      'ERR_FORK_IN_WORKER',
      `${name}() does not work in a Worker thread: the child would have no main thread. Call it in the main thread`,
    );
  }
  return { quiesceTimeout, runtime, inherit, kept, policy };
}
