// How does another program start? fork+exec in one, with no JavaScript in between.
import type { Bytes } from '../sys/native.js';
import { prepareSpawn, SPAWN_OPTIONS, type SpawnOptions } from './start.js';

/**
 * Starts a program through `posix_spawn(3)`, or in the same way if that lacks an option. In the program, all signals have their
 * defaults and none is blocked, and only the descriptors are open that it is given. The call blocks until the program is loaded,
 * and throws if that fails. It works in any thread, beside any number of others.
 *
 * {@link waitpid}, {@link kill} and {@link children} know the child, in any thread; nothing else reaps it. As in `child_process`,
 * standard streams become blocking; with `'inherit'` those of this process do, too.
 *
 * @param file - a path, or a name that is looked up in `PATH`
 * @param args - without `argv[0]`, as in `child_process.spawn`; may be left out before `options`
 * @returns the pid
 * @throws
 * - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`: a wrong argument
 * - `ERR_FORK_UNSUPPORTED_RUNTIME`: the kernel lacks what `cgroup` needs; see {@link support}
 * - `ERR_FORK_AT_EXIT`: called in an `exit` listener or later
 * - a system error with `errno`, `path` and `syscall: 'spawn'`: `ENOENT`, `EACCES`, `ENOEXEC`, `ETXTBSY`, `E2BIG`, … as
 *   `execve(2)`; `EBADF`: a descriptor of `fds` is not open; `EPERM`: `pgid` is a group of another session, or this process may
 * not set `uid`, `gid`, `groups`, `limits`, … (the message says which); `EACCES` also: it may not lower `nice`; `EAGAIN`, `ENOMEM`
 *
 * If it throws, there is no child.
 * @see posix_spawn(3), execve(2)
 * @example
 * ```ts
 * const pid = posix.spawn('sh', ['-c', 'pwd; exit 3'], { cwd: '/' }); // prints: /
 * console.log(posix.WEXITSTATUS((await posix.waitpid(pid)).raw)); // prints: 3
 * ```
 */
export function spawn(file: Bytes | URL, args: readonly Bytes[] | SpawnOptions = [], options?: SpawnOptions): number {
  return prepareSpawn(file, args, options, SPAWN_OPTIONS).start('spawn()').pid;
}
