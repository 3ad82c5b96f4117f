// Does an exec close this descriptor, and does a read or write on it wait?
import { native } from '../sys/native.js';
import { MAX_INT, validateBoolean, validateInteger } from '../sys/validate.js';

/**
 * Whether an exec closes this descriptor (`FD_CLOEXEC`). Node sets this flag on all that it opens, and on 0 to 2, which children
 * get as copies.
 *
 * @returns whether it does
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`: not open
 * @see fcntl(2), F_GETFD
 * @example
 * ```ts
 * console.log(posix.getCloexec(fs.openSync('log', 'a'))); // prints: true
 * ```
 */
export function getCloexec(fd: number): boolean {
  return flag(fd, true);
}

/**
 * Sets whether an exec closes this descriptor, by other native code or `child_process`. {@link spawn} and {@link execve} pass on
 * what their `fds` say in any case.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`: not open
 * @see fcntl(2), F_SETFD
 * @example
 * ```ts
 * const fd = fs.openSync('log', 'a');
 * posix.setCloexec(fd, false);
 * console.log(posix.getCloexec(fd)); // prints: false
 * ```
 */
export function setCloexec(fd: number, on = true): void {
  validateBoolean(on, 'on');
  flag(fd, true, on);
}

/**
 * Whether a read or write on this descriptor fails with `EAGAIN` instead of waiting (`O_NONBLOCK`).
 *
 * @returns whether it does
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`: not open
 * @see fcntl(2), F_GETFL
 * @example
 * ```ts
 * const [readFd] = posix.pipe({ nonblock: true });
 * console.log(posix.getNonblock(readFd)); // prints: true
 * ```
 */
export function getNonblock(fd: number): boolean {
  return flag(fd, false);
}

/**
 * Sets whether a read or write on this descriptor fails with `EAGAIN` instead of waiting. All copies of it share this flag, in
 * every process.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`: not open
 * @see fcntl(2), F_SETFL
 * @example
 * ```ts
 * const [readFd] = posix.pipe();
 * posix.setNonblock(readFd);
 * try {
 *   fs.readSync(readFd, Buffer.alloc(1));
 * } catch (error) {
 *   console.log((error as NodeJS.ErrnoException).code); // prints: EAGAIN
 * }
 * ```
 */
export function setNonblock(fd: number, on = true): void {
  validateBoolean(on, 'on');
  flag(fd, false, on);
}

function flag(fd: number, cloexec: boolean, set?: boolean): boolean {
  validateInteger(fd, 'fd', 0, MAX_INT);
  return native.descriptorFlag(fd, cloexec, set);
}
