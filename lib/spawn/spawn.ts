// How does another program start? fork+exec in one, with no JavaScript in between.
import type { Bytes } from '../sys/native.js';
import { prepareSpawn, SPAWN_OPTIONS, type SpawnOptions } from './start.js';

/**
 * Starts a program, through `posix_spawn(3)` or, where it cannot do what is asked for, in the same way: with every signal at its default and none blocked, and with no descriptors
 * but those that it is given. Blocks until the program has been loaded, so that its failure is an error here. Works in
 * any thread, beside any number of others.
 *
 * The child is one of {@link waitpid}, {@link kill} and {@link children}, from any thread; nobody else reaps it.
 *
 * Standard streams are made blocking, as `child_process` does it; with `'inherit'` they share that with this process's.
 *
 * @param file - a path, or a name that is looked up in `PATH`
 * @param args - without `argv[0]`, as in `child_process.spawn`; may be left out before `options`
 * @returns the pid
 * @throws
 * - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`: a wrong argument
 * - `ERR_FORK_UNSUPPORTED_RUNTIME`: the C library lacks what an option needs; see {@link support}
 * - `ERR_FORK_AT_EXIT`: called from the `exit` event on
 * - a system error with `errno`, `path` and `syscall: 'spawn'`: `ENOENT`, `EACCES`, `ENOEXEC`, `ETXTBSY`, `E2BIG`, … as
 *   `execve(2)`; `EBADF`: a descriptor of `fds` is not open; `EPERM`: `pgid` is a group of another session, or this process may
 *   not give what `uid`, `gid`, `groups`, `nice`, `limits`, … say (the message tells which); `EAGAIN`, `ENOMEM`
 *
 * Whatever it throws, no child is left.
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
