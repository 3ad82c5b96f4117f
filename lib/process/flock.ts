// Who has a file, among all processes that ask?
import { native } from '../sys/native.js';
import { MAX_INT, validateBoolean, validateInteger, validateOneOf, validateOptions } from '../sys/validate.js';

/** Options of {@link flock}. */
export interface FlockOptions {
  /** `LOCK_NB`: return `false` at once if the lock is taken. Default `false`: block the thread until it is free. */
  nonblock?: boolean;
}

const OPERATIONS = { sh: 1, ex: 2, un: 8 } as const; // <sys/file.h>
/** @internal */
export const LOCK_NB = 4;
/** @internal */
export const LOCK_EX = OPERATIONS.ex;

/**
 * Takes an exclusive (`'ex'`) or shared (`'sh'`) lock on an open file, or releases it (`'un'`). The lock belongs to the open
 * file, not to the process: copies of the descriptor share it, also in forked children, and it ends when the last of them is
 * closed.
 *
 * @param fd - of any file, open for reading or writing
 * @returns whether the lock was taken; `false` only with `nonblock`
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
