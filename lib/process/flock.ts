// Who has a file, among all processes that ask?
import { native } from '../sys/native.js';
import { MAX_INT, validateBoolean, validateInteger, validateOneOf, validateOptions } from '../sys/validate.js';

/** Options of {@link flock}. */
export interface FlockOptions {
  /** `LOCK_NB`: says `false` at once if somebody else has it. Default `false`: blocks the thread until it is free. */
  nonblock?: boolean;
}

const OPERATIONS = { sh: 1, ex: 2, un: 8 } as const; // <sys/file.h>
/** @internal */
export const LOCK_NB = 4;
/** @internal */
export const LOCK_EX = OPERATIONS.ex;

/**
 * Locks an open file for itself (`'ex'`), together with others (`'sh'`), or lets it go (`'un'`). The lock belongs to what was
 * opened, not to the process: copies of the descriptor, in forked children too, share it, and it ends with the last of them.
 *
 * @param fd - of whatever file, open for reading or writing
 * @returns whether it was had; `false` only with `nonblock`
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `EBADF`: not open; `ENOLCK`
 * @see flock(2)
 * @example
 * ```ts
 * const mine = fs.openSync('lock', 'a');
 * const other = fs.openSync('lock', 'a'); // as another process would
 * console.log(posix.flock(mine, 'ex'), posix.flock(other, 'ex', { nonblock: true })); // prints: true false
 * ```
 */
export function flock(fd: number, operation: 'sh' | 'ex' | 'un', options: FlockOptions = {}): boolean {
  validateInteger(fd, 'fd', 0, MAX_INT);
  validateOneOf(operation, 'operation', ['sh', 'ex', 'un']);
  const { nonblock = false } = validateOptions(options, 'options', ['nonblock']);
  validateBoolean(nonblock, 'options.nonblock');
  return native.flock(fd, OPERATIONS[operation] | (nonblock ? LOCK_NB : 0));
}
