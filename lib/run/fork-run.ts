// How does one run a function, and nothing else, in a child, and get its result?
import { closeSync } from 'node:fs';
import { onCleanTurn } from '../fork/clean-turn.js';
import { abortError } from '../sys/errors.js';
import { checkForkOptions, type CheckedForkOptions, FORK_OPTIONS, forkFrom, type ForkOptions } from '../fork/fork.js';
import { isKeep, type Keepable, resolveKept } from '../fork/keep.js';
import { findChanged, withBuiltIns } from '../sys/built-ins.js';
import { native } from '../sys/native.js';
import { openPort, runInChild } from './child.js';
import { readResult } from './result-pipe.js';
import { type ForkedChild, type ForkedChildWithPort, Run } from './forked-child.js';
import { ForkPort } from './port.js';
import { invalidType, validateAbortSignal, validateBoolean, validateOneOf, validateOptions } from '../sys/validate.js';
import { killChild } from '../reap/kill.js';
import { waitpid } from '../reap/wait.js';
import { retain } from '../child/retained.js';
import { framesAbove } from '../sys/stack.js';
import { requireStack } from '../fork/stack-left.js';

// With a port or without one.
type Main<T> = (port: never) => T | PromiseLike<T>;

/** Options of {@link forkRun}. */
export interface ForkRunOptions extends ForkOptions {
  /** Ends the child with `SIGKILL`; `result` rejects with an `AbortError`. */
  signal?: AbortSignal;
  /** Whether parent and child get a {@link ForkPort} each, to exchange messages. Default `false`. */
  port?: boolean;
}

/**
 * The same, with a {@link ForkPort} on either side for messages.
 *
 * @returns once the child runs; `port` is the parent's end
 * @throws (rejects) as {@link fork}; `EMFILE` if there is no room for the sockets
 * @see fork(2), unix(7)
 * @example
 * ```ts
 * const child = await posix.forkRun((port) => void port.postMessage('from the child'), { port: true });
 * child.port.on('message', (message) => console.log(message)); // prints: from the child
 * await child.result;
 * ```
 */
export function forkRun<T>(
  main: (port: ForkPort) => T | PromiseLike<T>,
  options: ForkRunOptions & { port: true },
): Promise<ForkedChildWithPort<T>>;
/**
 * Runs `main`, and nothing else, in a child. It is a real `fork(2)`, so `main` has the whole heap as it is, and nothing is copied
 * or serialized for it. The child is forked on a turn of the event loop of its own, so only the parent continues with the
 * caller's code.
 *
 * @returns once the child runs. The result may be of any size, and comes back by structured clone; if it cannot be cloned,
 * `ERR_CHILD_RESULT` says which part. Only decoding it blocks the loop. An error comes back with its class, message, code, cause
 * and the child's stack. In the child, `exit` and `beforeExit` listeners run only if `main` has registered them.
 * @throws (rejects) as {@link fork}; with an `AbortError` if the signal was aborted before the fork
 * @see fork(2)
 * @example
 * ```ts
 * const hugeIndex = new Map([['fork', 3]]);
 * await using child = await posix.forkRun(() => hugeIndex.get('fork'));
 * console.log(await child.result); // prints: 3
 * ```
 */
export function forkRun<T>(main: () => T | PromiseLike<T>, options?: ForkRunOptions): Promise<ForkedChild<T>>;
export async function forkRun<T>(main: Main<T>, options: ForkRunOptions = {}): Promise<ForkedChild<T>> {
  requireStack('forkRun()');
  const frames = framesAbove(forkRun); // the fork has a stack of its own
  const checked = withBuiltIns(findChanged(), () => checkRunOptions(main, options));
  // Awaited: a promise that is returned is asked for its `then`, which the program may have changed.
  return await forkRunFrom(frames, main, checked.fork, checked.own);
}

function checkRunOptions<T>(main: Main<T>, options: ForkRunOptions): { fork: CheckedForkOptions; own: RunOptions } {
  if (typeof main !== 'function') throw invalidType('main', 'of type function', main);
  const known = validateOptions(options, 'options', [...FORK_OPTIONS, 'signal', 'port']);
  const { signal, port = false, keep = [], ...others } = known;
  // What can be iterated only once is looked at here, and again by the fork.
  const kept: unknown = isKeep(keep) ? [...keep] : keep;
  const forkOptions = checkForkOptions({ ...others, keep: kept as Keepable[] }, 'forkRun');
  validateOneOf(forkOptions.runtime, 'options.runtime', ['full']);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  validateBoolean(port, 'options.port');
  return { fork: forkOptions, own: { port, signal, keep: kept as Keepable[] } };
}

/** What is forkRun()'s own of its options. @internal */
export interface RunOptions {
  port: boolean;
  signal?: AbortSignal | undefined;
  /** Looked at once more by the fork: what was open when the user called may have been closed since. */
  keep?: readonly Keepable[];
}

/**
 * The same, for what stands between the user and forkRun().
 *
 * @param frames - the stack from the user's line on, for the warning. @internal
 */
export function forkRunFrom<T>(
  frames: () => string,
  main: Main<T>,
  forkOptions: CheckedForkOptions,
  own: RunOptions,
): Promise<ForkedChild<T>> {
  return new Promise((resolve, reject) => {
    onCleanTurn(() => {
      try {
        if (own.signal?.aborted) throw abortError(own.signal);
        const keep = Object.hasOwn(own, 'keep') ? own.keep : undefined;
        const kept = keep ? withBuiltIns(findChanged(), () => resolveKept(keep)) : forkOptions.kept;
        const child = start(main, frames, { ...forkOptions, kept }, own);
        if (child) resolve(child);
        else retain(resolve, reject);
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it comes from fork()
        reject(error);
      }
    });
  });
}

// Returns undefined in the child.
function start<T>(
  main: Main<T>,
  frames: () => string,
  options: CheckedForkOptions,
  own: RunOptions,
): Run<T> | undefined {
  const changed = findChanged();
  const opened: number[] = [];
  let port: ForkPort | undefined;
  let pid: number;
  try {
    withBuiltIns(changed, () => {
      opened.push(...native.pipe(true, false));
      if (!own.port) return;
      const [ours, theirs] = native.socketpair('stream', true, true);
      opened.push(theirs);
      port = ForkPort.hold(ForkPort.open(ours, false));
    });
    pid = forkFrom(frames, options, changed, { isRunner: true });
  } catch (error) {
    for (let i = 0; i < opened.length; i++) closeSync(opened[i] as number);
    port?.close();
    throw error;
  }
  const { 0: readFd, 1: writeFd, 2: socket } = opened as [number, number, number | undefined];
  if (pid === 0) {
    closeSync(readFd);
    const run = main as (port?: ForkPort) => unknown;
    runInChild(() => (socket === undefined ? run() : run(openPort(socket))), changed, writeFd);
    return undefined;
  }
  closeSync(writeFd); // so that the pipe ends when the child does
  if (socket !== undefined) closeSync(socket);
  const kill = (signo: number): void => {
    killChild(pid, signo);
  };
  return withBuiltIns(
    changed,
    () => new Run<T>({ pid, reading: readResult(readFd), status: waitpid(pid), kill, port, signal: own.signal }),
  );
}
