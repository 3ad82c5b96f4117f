// What became of a child, for those who have a pidfd, or who only look?
import { readFileSync } from 'node:fs';
import { assertNotExiting } from '../node/exiting.js';
import { clearTimeout, setTimeout } from '../sys/clock.js';
import { abortError } from '../sys/errors.js';
import { addEventListener, ONCE, removeEventListener } from '../sys/listen.js';
import { native, noop, type NativeWatch, type RawStatus } from '../sys/native.js';
import {
  invalidValue,
  MAX_INT,
  validateAbortSignal,
  validateBoolean,
  validateInteger,
  validateOneOf,
  validateOptions,
} from '../sys/validate.js';
import { type ChildStatus, toChildStatus } from './status.js';
import { startWait, waitpidSync } from './wait.js';

/** Which children: all, the one with a pid, the one of a {@link pidfd}, or those of a process group. */
export type IdType = 'all' | 'pid' | 'pidfd' | 'pgid';

/** Options of {@link waitid}. */
export interface WaitidOptions {
  /** `WSTOPPED`: also tell of a child that was stopped. */
  stopped?: boolean;
  /** `WCONTINUED`: also tell of a stopped child that goes on. */
  continued?: boolean;
  /** `WNOWAIT`: only look. The child is not reaped and can still be waited for; so it may be a child of `child_process`, too.
   * Default `false`. */
  nowait?: boolean;
  /** Ends the wait. */
  signal?: AbortSignal;
  /** Whether this wait keeps the loop, and so the process, alive. Default `true`. */
  ref?: boolean;
}

/** Options of {@link waitidSync}. */
export interface WaitidFlags {
  /** `WSTOPPED`: also tell of a child that was stopped. */
  stopped?: boolean;
  /** `WCONTINUED`: also tell of a stopped child that goes on. */
  continued?: boolean;
  /** `WNOWAIT`: only look, as for {@link waitid}. */
  nowait?: boolean;
  /** `WNOHANG`: return `null` at once if there is no status. */
  nohang?: boolean;
  /** How long to wait, in milliseconds; then `null` is returned. Default: for ever. */
  timeout?: number;
}

const TYPES = { all: 0, pid: 1, pgid: 2, pidfd: 3 } as const; // <linux/wait.h>
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
const WCONTINUED = 8;
const NO_TIMEOUT = -1;
const LOOK_INTERVAL = 10; // ms

/**
 * Waits for a child to end (or to stop or continue, with these options), without blocking the thread. It can do two things more
 * than {@link waitpid}: wait by a pidfd, and, with `nowait`, look without reaping the child or affecting other waits.
 *
 * @param type - what `id` is
 * @param id - of `'all'`: 0. Of `'pgid'`: 0 means the caller's group
 * @returns the child's status
 * @throws `ERR_FORK_AT_EXIT` at once, in an `exit` listener or later. It rejects with
 * - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`: a wrong argument; with `nowait`, also `'all'`, `'pgid'`,
 * `stopped` and `continued`, which would need polling ({@link waitidSync} takes them)
 * - `EBADF`: not a pidfd; `ECHILD`: not a child of this process, or a pidfd of one that was reaped; and those of {@link waitpid}
 * @see waitid(2), pidfd_open(2)
 * @example
 * ```ts
 * const pid = posix.spawn('sh', ['-c', 'exit 3']);
 * const seen = await posix.waitid('pid', pid, { nowait: true });
 * console.log(posix.children().at(-1)?.state, seen.raw); // prints: live 768
 * const fd = posix.pidfd(pid);
 * console.log((await posix.waitid('pidfd', fd)).raw); // prints: 768
 * fs.closeSync(fd);
 * ```
 */
export function waitid(type: IdType, id: number, options: WaitidOptions = {}): Promise<ChildStatus> {
  assertNotExiting('waitid()');
  return startWaitid(type, id, options);
}

async function startWaitid(type: IdType, id: number, options: WaitidOptions): Promise<ChildStatus> {
  validateWho(type, id);
  const known = validateOptions(options, 'options', ['stopped', 'continued', 'nowait', 'signal', 'ref']);
  const { stopped, continued, nowait } = toFlags(known);
  const { signal, ref = true } = known;
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  validateBoolean(ref, 'options.ref');
  if (!nowait) return startWait(toSelector(type, id), { untraced: stopped, continued, ref, ...(signal && { signal }) });
  if (type === 'all' || type === 'pgid') throw invalidValue('type', type, 'cannot be had with options.nowait');
  for (const [name, on] of Object.entries({ stopped, continued })) {
    if (on) throw invalidValue(`options.${name}`, on, 'cannot be had with options.nowait: use waitidSync()');
  }
  if (signal?.aborted) throw abortError(signal);
  const seen = look(type, id, WEXITED | WNOHANG);
  if (seen) return toChildStatus(seen);
  return whenItEnds(type, id, signal, ref);
}

function whenItEnds(
  type: 'pid' | 'pidfd',
  id: number,
  signal: AbortSignal | undefined,
  ref: boolean,
): Promise<ChildStatus> {
  const pid = type === 'pid' ? id : pidOf(id); // somebody else may reap it at its end
  const fd = type === 'pid' ? native.pidfd(id) : native.dup(id, 0, true);
  return new Promise((resolve, reject) => {
    let later: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(later);
      native.closeWatch(watch);
      native.close(fd);
      if (signal) removeEventListener.call(signal, 'abort', onAbort);
    };
    const onAbort = (): void => {
      end();
      if (signal) reject(abortError(signal));
    };
    const onReadable = (): void => {
      try {
        const seen = look('pidfd', fd, WEXITED | WNOHANG, NO_TIMEOUT, pid);
        if (seen) {
          end();
          resolve(toChildStatus(seen));
          return;
        }
        // A debugger has it still, and the pidfd is readable all the time.
        native.setWatch(watch, false, false, false, ref);
        later = setTimeout(watchIt, LOOK_INTERVAL);
        if (!ref) later.unref();
      } catch (error) {
        end();
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is one, from native code
        reject(error);
      }
    };
    let watch: NativeWatch;
    try {
      watch = native.watchFd(fd, 'posix-fork.waitid', onReadable);
    } catch (error) {
      native.close(fd);
      throw error; // rejects
    }
    if (signal) addEventListener.call(signal, 'abort', onAbort, ONCE);
    const watchIt = (): void => {
      native.setWatch(watch, true, false, false, ref);
    };
    watchIt();
  });
}

/**
 * Does the same as {@link waitid}, but blocks the thread. A Worker that blocks here can still be terminated. With `nowait` for
 * all children, for a group, or for stops, it looks every 10 ms.
 *
 * @param type - as for {@link waitid}
 * @param id - as for {@link waitid}
 * @returns the child's status; `null` with `nohang` if there is none yet, or after `timeout`
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `EBADF`: not a pidfd; `ECHILD`: not a child of
 * this process, or a pidfd of one that was reaped; and those of {@link waitpidSync}
 * @see waitid(2)
 * @example
 * ```ts
 * const pid = posix.spawn('sleep', ['10']);
 * posix.kill(pid, 'SIGSTOP');
 * console.log(posix.waitidSync('pid', pid, { stopped: true, nowait: true })?.state); // prints: stopped
 * posix.kill(pid, 'SIGKILL');
 * console.log(posix.waitidSync('pid', pid)?.state); // prints: signaled
 * ```
 */
export function waitidSync(type: IdType, id: number, options: WaitidFlags = {}): ChildStatus | null {
  assertNotExiting('waitidSync()');
  validateWho(type, id);
  const known = validateOptions(options, 'options', ['stopped', 'continued', 'nowait', 'nohang', 'timeout']);
  const { stopped, continued, nowait } = toFlags(known);
  const { nohang = false, timeout } = known;
  validateBoolean(nohang, 'options.nohang');
  if (timeout !== undefined) validateInteger(timeout, 'options.timeout', 0, MAX_INT);
  if (!nowait) {
    const selector = toSelector(type, id);
    return waitpidSync(selector, { untraced: stopped, continued, nohang, ...(timeout !== undefined && { timeout }) });
  }
  const flags = WEXITED | (stopped ? WSTOPPED : 0) | (continued ? WCONTINUED : 0) | (nohang ? WNOHANG : 0);
  const seen = look(type, id, flags, timeout);
  return seen && toChildStatus(seen);
}

// A child of ours that was reaped is no child any more to the kernel; the table knows it.
function look(
  type: IdType,
  id: number,
  flags: number,
  timeout = NO_TIMEOUT,
  pid = type === 'pid' ? id : undefined,
): RawStatus | null {
  try {
    return native.lookAt(TYPES[type], id, flags, timeout, noop);
  } catch (error) {
    if (pid === undefined || (error as NodeJS.ErrnoException).code !== 'ECHILD') throw error;
    const known = native.children().find((child) => child.pid === pid && child.status);
    if (known?.status) return known.status;
    throw error;
  }
}

// What waitpid(2) calls the same children.
function toSelector(type: IdType, id: number): number {
  if (type === 'all') return -1;
  if (type === 'pgid') return -id;
  return type === 'pid' ? id : pidOf(id);
}

// Of a child that has not been reaped: nobody else can have its pid.
function pidOf(pidfd: number): number {
  native.lookAt(TYPES.pidfd, pidfd, WEXITED | WSTOPPED | WCONTINUED | WNOHANG, NO_TIMEOUT, noop); // or it throws
  const pid = /^Pid:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${pidfd}`, 'utf8'))?.[1];
  if (pid !== undefined) return Number(pid);
  native.lookAt(TYPES.pidfd, pidfd, WEXITED | WNOHANG, NO_TIMEOUT, noop); // it was reaped meanwhile
  throw invalidValue('id', pidfd, 'is a pidfd whose pid /proc does not tell');
}

function validateWho(type: unknown, id: unknown): void {
  validateOneOf(type, 'type', ['all', 'pid', 'pidfd', 'pgid']);
  validateInteger(id, 'id', type === 'pid' ? 1 : 0, type === 'all' ? 0 : MAX_INT);
}

function toFlags(options: WaitidFlags): { stopped: boolean; continued: boolean; nowait: boolean } {
  const { stopped = false, continued = false, nowait = false } = options;
  validateBoolean(stopped, 'options.stopped');
  validateBoolean(continued, 'options.continued');
  validateBoolean(nowait, 'options.nowait');
  return { stopped, continued, nowait };
}
