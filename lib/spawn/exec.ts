// How does this process become another program?
import { toPath } from '../sys/bytes.js';
import { type Bytes, native } from '../sys/native.js';
import { type Environment, toArguments, toEnvironment } from './program.js';

/**
 * Replaces this process by another program: same pid, same parent, same children. Works from any thread, also while
 * Workers and pools are alive: the kernel ends them. No `exit` event, nothing is flushed.
 *
 * The program finds every signal at its default and none blocked, descriptors 0 to 2 open and blocking, and everything
 * else closed. Returns only by throwing, and then signals and descriptors are as before.
 *
 * @param path - is not looked up in `PATH`
 * @param args - with `argv[0]`, as in `execve(2)` and `process.execve`. Default: `[path]`
 * @param env - the whole environment. Default: `process.env`
 * @returns never
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; a system error with `path`: `ENOENT`, `EACCES`, `E2BIG`, …
 * @see execve(2)
 * @example
 * ```ts
 * posix.execve('/bin/sh', ['sh', '-c', 'echo the same pid']); // prints: the same pid
 * ```
 */
export function execve(path: Bytes | URL, args?: readonly Bytes[], env: Environment = process.env): never {
  const file = toPath(path, 'path');
  return native.execve(file, args === undefined ? [file] : toArguments(args, 'args'), toEnvironment(env, 'env'));
}
