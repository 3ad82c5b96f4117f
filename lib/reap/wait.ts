// What became of a child? waitpid(2) as a promise, and as the blocking call.
import { retain } from '../child/retained.js';
import { whenChild } from '../child/when-child.js';
import { abortError } from '../sys/errors.js';
import { addEventListener, ONCE, removeEventListener } from '../sys/listen.js';
import { findChanged, withBuiltIns } from '../sys/built-ins.js';
import { native, noop, type Settlement } from '../sys/native.js';
import { type ChildStatus, constants, toChildStatus } from './status.js';
import { assertNotExiting } from '../node/exiting.js';
import {
  invalidValue,
  outOfRange,
  validateAbortSignal,
  validateBoolean,
  validateInteger,
  validateOptions,
  MAX_INT,
} from '../sys/validate.js';

/** Options of {@link waitpidSync}. */
export interface WaitFlags {
  /** `WNOHANG`: return `null` at once if no child has changed its state. */
  nohang?: boolean;
  /** `WUNTRACED`: also tell of a child that was stopped. */
  untraced?: boolean;
  /** `WCONTINUED`: also tell of a stopped child that goes on. */
  continued?: boolean;
  /** How long to wait, in milliseconds; then `null` is returned. Default: for ever. */
  timeout?: number;
}

/** Options of {@link waitpid} and {@link wait}. */
export interface WaitOptions {
  /** `WUNTRACED`: also tell of a child that was stopped. */
  untraced?: boolean;
  /** `WCONTINUED`: also tell of a stopped child that goes on. */
  continued?: boolean;
  /** Ends the wait. The child runs on, and can still be waited for. */
  signal?: AbortSignal;
  /** Whether this wait keeps the loop, and so the process, alive. Default `true`. */
  ref?: boolean;
}

const ALL_FLAGS = constants.WNOHANG | constants.WUNTRACED | constants.WCONTINUED;

interface Pending {
  resolve(status: ChildStatus): void;
  reject(error: unknown): void;
}

// The waits of this thread that wait for an event.
let pending = new Map<number, Pending>();
whenChild(() => {
  retain(pending); // their promises are the parent's, and never settle in the child
  pending = new Map();
});
// Another copy of the package in this thread has other tokens.
let firstToken: number | undefined;
let lastNumber = 0;

/**
 * Waits for a child to end (or to stop or continue, with these options), without blocking the thread: it watches a pidfd on the
 * caller's event loop, and needs no thread and no slot of libuv's pool.
 *
 * Any number of callers on any thread may wait for the same child, while it runs and after it has ended. Each gets the same
 * status, until the kernel uses the pid for another child. (A stop or a continuation is reported as in POSIX: to everybody who
 * waits when it happens, or else to the first who asks.) The event loop stays alive meanwhile, unless with `ref: false`.
 *
 * @param pid - as for `waitpid(2)`: a pid; -1: the next child; 0: the next of the caller's process group; -pgid: the next of that
 * group. Only children that this package has started count: those of `child_process` are left alone.
 * @returns the child's status; a child that has ended is reaped
 * @throws `ERR_FORK_AT_EXIT` at once, in an `exit` listener or later. It rejects with
 * - `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`: a wrong argument
 * - `ECHILD`: `pid` is not a child of this process, or there is none left to wait for
 * - `ERR_CHILD_NOT_OURS`: it is a child of this process that something else started (`child_process`, an addon)
 * - `ERR_CHILD_STATUS_LOST`: something else reaped it, and the kernel does not report its status (before Linux 6.15)
 * - `AbortError`: `options.signal` was aborted before there was a status
 * @see waitpid(2), pidfd_open(2)
 * @example
 * ```ts
 * const pid = posix.fork();
 * if (pid === 0) posix._exit(3);
 * const status = await posix.waitpid(pid);
 * console.log(status.state, status.raw); // prints: exited 768
 * ```
 */
export function waitpid(pid: number, options: WaitOptions | number = {}): Promise<ChildStatus> {
  assertNotExiting('waitpid()');
  return startWait(pid, options);
}

/**
 * Waits for the next child of this package to end: `waitpid(-1)`. Of several such calls, the one that has waited longest gets the
 * status; so do all that wait for that child in particular.
 *
 * @returns the child's status; a child that has ended is reaped
 * @throws as {@link waitpid}; rejects with `ECHILD` if there is none left to wait for
 * @see wait(2)
 * @example
 * ```ts
 * for (const code of [1, 2]) if (posix.fork() === 0) posix._exit(code);
 * const ended = [await posix.wait(), await posix.wait()];
 * console.log(ended.map(({ raw }) => posix.WEXITSTATUS(raw)).sort()); // prints: [ 1, 2 ]
 * ```
 */
export function wait(options: WaitOptions | number = {}): Promise<ChildStatus> {
  assertNotExiting('wait()');
  return startWait(-1, options);
}

/**
 * Waits for a child to end (or to stop or continue, with these options), and blocks the thread until then. A Worker that blocks
 * here can still be terminated.
 *
 * @param pid - as for {@link waitpid}
 * @returns the child's status; `null` with `WNOHANG` if there is none yet, or after `timeout`
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`, `ECHILD`, `ERR_CHILD_NOT_OURS`, `ERR_CHILD_STATUS_LOST`,
 * `ERR_FORK_AT_EXIT`, all as {@link waitpid}
 * @see waitpid(2); interrupted calls (`EINTR`) are made again
 * @example
 * ```ts
 * const pid = posix.spawn('sleep', ['10']);
 * console.log(posix.waitpidSync(pid, posix.constants.WNOHANG)); // prints: null
 * posix.kill(pid);
 * console.log(posix.waitpidSync(pid)?.state); // prints: signaled
 * ```
 */
export function waitpidSync(pid: number, options: WaitFlags | number = 0): ChildStatus | null {
  assertNotExiting('waitpidSync()');
  validatePid(pid);
  const { flags, timeout } = toFlags(options, 'nohang', 'timeout');
  const reaped = native.waitpidSync(pid, flags, noop, timeout);
  return reaped && toChildStatus(reaped);
}

/**
 * The same. If there is something to wait for, `begun` is given what lets the loop go, and the wait's number among the native
 * ones. @internal
 */
export async function startWait(
  pid: number,
  options: WaitOptions | number,
  begun?: (ref: (on: boolean) => void, token: number) => void,
): Promise<ChildStatus> {
  validatePid(pid);
  const { flags, signal, ref } = toFlags(options, 'nohang', 'signal', 'ref');
  if (flags & constants.WNOHANG) throw invalidValue('options', options, 'has WNOHANG: use waitpidSync() to look once');
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  if (signal?.aborted) throw abortError(signal);
  const token = nextToken();
  const known = native.waitpid(pid, flags, token);
  if (known) return toChildStatus(known);
  if (!ref) native.refWait(token, false);
  begun?.((on) => {
    if (pending.has(token)) native.refWait(token, on);
  }, token);
  return new Promise((resolve, reject) => {
    if (!signal) {
      pending.set(token, { resolve, reject });
      return;
    }
    const onAbort = () => {
      if (!pending.delete(token)) return; // in a forked child: the wait is the parent's
      const taken = native.cancelWait(token);
      if (taken) resolve(toChildStatus(taken));
      else reject(abortError(signal));
    };
    const unlisten = () => {
      removeEventListener.call(signal, 'abort', onAbort);
    };
    pending.set(token, {
      resolve: (status) => {
        unlisten();
        resolve(status);
      },
      reject: (error) => {
        unlisten();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is one, from native code
        reject(error);
      },
    });
    addEventListener.call(signal, 'abort', onAbort, ONCE);
  });
}

// The addon holds it only while there is a wait.
const onWaited = (settlements: Settlement[]): void => {
  withBuiltIns(findChanged(), settle, settlements);
};

function settle(settlements: Settlement[]): void {
  for (const [token, error, status] of settlements) {
    const waiter = pending.get(token);
    pending.delete(token);
    if (status) waiter?.resolve(toChildStatus(status));
    else waiter?.reject(error);
  }
}

function nextToken(): number {
  firstToken ??= native.onWaited(onWaited);
  do lastNumber = (lastNumber + 1) >>> 0;
  while (pending.has(firstToken + lastNumber));
  return firstToken + lastNumber;
}

function validatePid(pid: unknown): asserts pid is number {
  validateInteger(pid, 'pid', -MAX_INT, MAX_INT);
}

function toFlags(
  options: (WaitFlags & WaitOptions) | number,
  ...more: ('nohang' | 'signal' | 'timeout' | 'ref')[]
): { flags: number; signal: AbortSignal | undefined; timeout: number | undefined; ref: boolean } {
  if (typeof options === 'number') {
    validateInteger(options, 'options', 0, ALL_FLAGS);
    // 4 is WEXITED, which belongs to waitid(2).
    if (options & ~ALL_FLAGS) throw outOfRange('options', 'a sum of WNOHANG, WUNTRACED and WCONTINUED', options);
    return { flags: options, signal: undefined, timeout: undefined, ref: true };
  }
  const known = validateOptions(options, 'options', ['untraced', 'continued', ...more]);
  const flag = (name: 'nohang' | 'untraced' | 'continued', value: number): number => {
    const { [name]: chosen = false } = known;
    validateBoolean(chosen, `options.${name}`);
    return chosen ? value : 0;
  };
  const flags =
    flag('nohang', constants.WNOHANG) | flag('untraced', constants.WUNTRACED) | flag('continued', constants.WCONTINUED);
  const { signal, timeout, ref = true } = known;
  if (timeout !== undefined) validateInteger(timeout, 'options.timeout', 0, MAX_INT);
  validateBoolean(ref, 'options.ref');
  return { flags, signal, timeout, ref };
}
