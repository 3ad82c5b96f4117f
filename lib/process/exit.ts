// How does a process end at once?
import { onlyInChildren } from '../child/rehearsal.js';
import { native } from '../sys/native.js';
import { validateInteger } from '../sys/validate.js';

/**
 * Ends the process at once: no `exit` listeners, no `atexit` handlers, nothing is flushed. A forked child calls it when it has
 * done its work.
 *
 * @param code - 0 to 255, default 0
 * @returns never
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see _exit(2)
 * @example
 * ```ts
 * if (posix.fork() === 0) posix._exit(0);
 * ```
 */
export function _exit(code = 0): never {
  validateInteger(code, 'code', 0, 255);
  return native._exit(code);
}

onlyInChildren(_exit);
