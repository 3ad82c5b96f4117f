// What is a process, for those who poll?
import { native } from '../sys/native.js';
import { MAX_INT, validateInteger } from '../sys/validate.js';

/**
 * A descriptor that stands for a process, to poll it or to send signals by it. It is readable once the process has ended. For a
 * child of this package it never refers to another process that got the same pid.
 *
 * @returns a new descriptor, close-on-exec; the caller closes it (`fs.closeSync`)
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ESRCH`: no such process, or a child that was reaped; `EMFILE`; `ENOSYS`:
 * before Linux 5.3
 * @see pidfd_open(2)
 * @example
 * ```ts
 * const pid = posix.spawn('sleep', ['10']);
 * const fd = posix.pidfd(pid);
 * console.log(fs.readlinkSync(`/proc/self/fd/${fd}`)); // prints: …pidfd…
 * fs.closeSync(fd);
 * posix.kill(pid);
 * await posix.waitpid(pid);
 * ```
 */
export function pidfd(pid: number): number {
  validateInteger(pid, 'pid', 1, MAX_INT);
  return native.pidfd(pid);
}
