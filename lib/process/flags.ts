// Does an exec close this descriptor, and does a read or write on it wait?
import { native } from '../sys/native.js';
import { MAX_INT, validateBoolean, validateInteger } from '../sys/validate.js';

/**
 * Whether an exec closes this descriptor (`FD_CLOEXEC`). What Node opens is closed by one, and so are 0 to 2, but
 * for a child that is given them.
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
 * Sets whether an exec closes this descriptor: that of {@link execve} and of `child_process`. {@link spawn} hands on what its
 * `fds` say, in any case.
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
 * Whether a read or write on this descriptor fails with `EAGAIN` where it would have to wait (`O_NONBLOCK`).
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
 * Sets whether a read or write on this descriptor waits. All copies of it share that, in every process.
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
