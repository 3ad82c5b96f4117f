// Who is this process, and to which group, session and terminal does it belong?
import { toSignalNumber } from '../reap/kill.js';
import { native } from '../sys/native.js';
import type { SignalName } from '../reap/status.js';
import { MAX_INT, validateBoolean, validateInteger } from '../sys/validate.js';

/**
 * The id of this process, from the kernel.
 *
 * @returns a pid
 * @throws only `ERR_FORK_UNSUPPORTED_RUNTIME`, where nothing works
 * @see getpid(2)
 * @example
 * ```ts
 * console.log(posix.getpid() === process.pid); // prints: true
 * ```
 */
export function getpid(): number {
  return native.getpid();
}

/**
 * The id of the parent. When the parent has ended, that of init or of the nearest subreaper.
 *
 * @returns a pid
 * @throws only `ERR_FORK_UNSUPPORTED_RUNTIME`, where nothing works
 * @see getppid(2)
 * @example
 * ```ts
 * const parent = posix.getpid();
 * const child = await posix.forkRun(() => posix.getppid() === parent); // or it is an orphan
 * console.log(await child.result); // prints: true
 * ```
 */
export function getppid(): number {
  return native.getppid();
}

/**
 * The process group of a process; 0 means this process.
 *
 * @returns the id of the group, which is the pid of its first leader
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ESRCH`: no such process
 * @see getpgid(2)
 * @example
 * ```ts
 * const pid = posix.spawn('true', [], { pgid: 0 });
 * console.log(posix.getpgid(pid) === pid); // prints: true
 * await posix.waitpid(pid);
 * ```
 */
export function getpgid(pid = 0): number {
  validateInteger(pid, 'pid', 0, MAX_INT);
  return native.getpgid(pid);
}

/**
 * The process group of this process.
 *
 * @returns the id of the group
 * @throws only `ERR_FORK_UNSUPPORTED_RUNTIME`, where nothing works
 * @see getpgrp(2)
 * @example
 * ```ts
 * posix.kill(-posix.getpgrp(), 'SIGWINCH'); // to all of the group
 * ```
 */
export function getpgrp(): number {
  return native.getpgid(0);
}

/**
 * Moves a process into a process group: this process, or a child that has not called exec yet.
 *
 * @param pid - 0 means this process
 * @param pgid - 0 means a new group, led by `pid`
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EACCES`: the child has called exec; `EPERM`: a session leader, or a
 * group of another session; `ESRCH`: neither this process nor a child
 * @see setpgid(2)
 * @example
 * ```ts
 * const child = await posix.forkRun(() => {
 *   posix.setpgid(0, 0);
 *   return posix.getpgrp() === process.pid;
 * });
 * console.log(await child.result); // prints: true
 * ```
 */
export function setpgid(pid = 0, pgid = 0): void {
  validateInteger(pid, 'pid', 0, MAX_INT);
  validateInteger(pgid, 'pgid', 0, MAX_INT);
  native.setpgid(pid, pgid);
}

/**
 * The session of a process; 0 means this process.
 *
 * @returns the id of the session, which is the pid of its first leader
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ESRCH`: no such process
 * @see getsid(2)
 * @example
 * ```ts
 * const pid = posix.spawn('true', [], { setsid: true });
 * console.log(posix.getsid(pid) === pid); // prints: true
 * await posix.waitpid(pid);
 * ```
 */
export function getsid(pid = 0): number {
  validateInteger(pid, 'pid', 0, MAX_INT);
  return native.getsid(pid);
}

/**
 * Makes a new session, led by this process and without a controlling terminal.
 *
 * @returns its id, which is this process's
 * @throws `EPERM`: this process already leads a process group
 * @see setsid(2)
 * @example
 * ```ts
 * const child = await posix.forkRun(() => posix.setsid() === process.pid);
 * console.log(await child.result); // prints: true
 * ```
 */
export function setsid(): number {
  return native.setsid();
}

/**
 * The foreground process group of a terminal.
 *
 * @returns the id of the group
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`, `ENOTTY` (of a pidfd or an epoll
 * descriptor `EINVAL`): `fd` is not this session's controlling terminal
 * @see tcgetpgrp(3)
 * @example
 * ```ts
 * const inForeground = process.stdin.isTTY && posix.tcgetpgrp(0) === posix.getpgrp();
 * ```
 */
export function tcgetpgrp(fd: number): number {
  validateInteger(fd, 'fd', 0, MAX_INT);
  return native.tcgetpgrp(fd);
}

/**
 * Makes a process group of this session the foreground group of its terminal. It also works from a background process: it blocks
 * `SIGTTOU` meanwhile, as shells do.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`, `ENOTTY` (of a pidfd or an epoll
 * descriptor `EINVAL`): `fd` is not this session's controlling terminal;
 * `EPERM`: not a group of this session
 * @see tcsetpgrp(3)
 * @example
 * ```ts
 * if (process.stdin.isTTY) {
 *   const job = posix.spawn('vi', [], { pgid: 0, foreground: true });
 *   await posix.waitpid(job, { untraced: true });
 *   posix.tcsetpgrp(0, posix.getpgrp()); // take the terminal back
 * }
 * ```
 */
export function tcsetpgrp(fd: number, pgid: number): void {
  validateInteger(fd, 'fd', 0, MAX_INT);
  validateInteger(pgid, 'pgid', 1, MAX_INT);
  native.tcsetpgrp(fd, pgid);
}

/**
 * Chooses the signal that this process gets when its parent ends. Children do not inherit it. An exec keeps it, unless of a
 * set-user-ID program.
 *
 * For the kernel the parent is the *thread* that started this process: if a Worker did, the signal comes when the Worker ends. If
 * the parent has ended before this call, no signal comes: compare {@link getppid} afterwards.
 *
 * @param signal - a name or a number; 0: none
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`, `ERR_UNKNOWN_SIGNAL`
 * @see PR_SET_PDEATHSIG(2const), prctl(2)
 * @example
 * ```ts
 * const parent = posix.getpid();
 * if (posix.fork() === 0) {
 *   posix.setPdeathsig('SIGTERM');
 *   if (posix.getppid() !== parent) posix._exit(1);
 *   posix._exit(0); // after its work
 * }
 * console.log((await posix.wait()).state); // prints: exited
 * ```
 */
export function setPdeathsig(signal: SignalName | number): void {
  native.setPdeathsig(toSignalNumber(signal));
}

/**
 * Makes this process, instead of init, the new parent of orphans among its descendants. It gets `SIGCHLD` for them, and must reap
 * them: {@link reapOrphans}.
 *
 * @throws `ERR_INVALID_ARG_TYPE`
 * @see PR_SET_CHILD_SUBREAPER(2const), prctl(2); examples/supervisor
 * @example
 * ```ts
 * posix.setChildSubreaper();
 * process.on('SIGCHLD', () => posix.reapOrphans());
 * ```
 */
export function setChildSubreaper(on = true): void {
  validateBoolean(on, 'on');
  native.setChildSubreaper(on);
}
