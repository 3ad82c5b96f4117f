// What became of a child? waitpid(2) as a promise, and as the blocking call.
import { native } from './native.js';
import { type ChildStatus, constants, toChildStatus } from './status.js';
import { validateBoolean, validateInteger, validateObject } from './validate.js';

/** The flags word of {@link waitpidSync}, spelled out. */
export interface WaitFlags {
  /** `WNOHANG`: return `null` at once if no child has changed its state. */
  nohang?: boolean;
  /** `WUNTRACED`: also tell of a child that was stopped. */
  untraced?: boolean;
  /** `WCONTINUED`: also tell of a stopped child that goes on. */
  continued?: boolean;
}

const MAX_PID = 2 ** 31 - 1;
const ALL_FLAGS = constants.WNOHANG | constants.WUNTRACED | constants.WCONTINUED;

/**
 * Waits for a child to end, without blocking the thread: through a pidfd on the caller's own event loop, with no thread
 * and no slot of libuv's pool.
 *
 * @returns what became of it; the child is reaped
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; rejects with `ECHILD` if `pid` is no child of this process
 * @see waitpid(2), pidfd_open(2)
 * @example
 * ```ts
 * const pid = posix.fork();
 * if (pid === 0) posix._exit(3);
 * const status = await posix.waitpid(pid); // { state: 'exited', code: 3, pid, raw: 768, rusage: { … } }
 * ```
 */
export async function waitpid(pid: number): Promise<ChildStatus> {
  validateInteger(pid, 'pid', 1, MAX_PID);
  return toChildStatus(await native.waitpid(pid));
}

/**
 * Waits for a child to end (or to stop or go on, if asked for) and blocks the thread until then.
 *
 * @returns what became of it, or `null` with `WNOHANG` if nothing has yet
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ECHILD` if `pid` is no child of this process
 * @see waitpid(2); interrupted calls (`EINTR`) are made again
 * @example
 * ```ts
 * const status = posix.waitpidSync(pid, posix.constants.WNOHANG); // null while it runs
 * ```
 */
export function waitpidSync(pid: number, options: WaitFlags | number = 0): ChildStatus | null {
  validateInteger(pid, 'pid', 1, MAX_PID);
  const reaped = native.waitpidSync(pid, toFlags(options));
  return reaped && toChildStatus(reaped);
}

function toFlags(options: WaitFlags | number): number {
  if (typeof options === 'number') {
    validateInteger(options, 'options', 0, ALL_FLAGS);
    // 4 is WEXITED, which belongs to waitid(2).
    validateInteger(options & ~ALL_FLAGS, 'options', 0, 0);
    return options;
  }
  validateObject(options, 'options');
  return (
    flag(options, 'nohang', constants.WNOHANG) |
    flag(options, 'untraced', constants.WUNTRACED) |
    flag(options, 'continued', constants.WCONTINUED)
  );
}

function flag(options: WaitFlags, name: keyof WaitFlags, value: number): number {
  const chosen = options[name] ?? false;
  validateBoolean(chosen, `options.${name}`);
  return chosen ? value : 0;
}
