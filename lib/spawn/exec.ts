// How does this process become another program?
import { toPath } from '../sys/bytes.js';
import { type Bytes, native } from '../sys/native.js';
import { MAX_INT, validateInteger, validateOptions } from '../sys/validate.js';
import { type ChildFile, Descriptors } from './fds.js';
import { type Environment, toArguments, toEnvironment } from './program.js';

/** Options of {@link execve}, {@link execvp} and {@link fexecve}. */
export interface ExecOptions {
  /**
   * The descriptors that the program finds, as in the `fds` of {@link spawn}: of each number, whether it stays (`'inherit'`), is
   * `/dev/null` (`'ignore'`), which of this process's it is, or a file that is opened for it. 0 to 2 stay unless the map says otherwise; everything
   * else is closed.
   */
  fds?: Readonly<Record<number, 'inherit' | 'ignore' | number | ChildFile>>;
  /** The directory in which the program starts. A relative path is looked up from there. Default: this process's. */
  cwd?: Bytes | URL;
}

const NONE = -1;

/**
 * Replaces this process by another program: same pid, same parent, same children. Works from any thread, also while
 * Workers and pools are alive: the kernel ends them. No `exit` event, nothing is flushed.
 *
 * The program finds every signal at its default and none blocked, descriptors 0 to 2 open and blocking, those of `fds`, and everything
 * else closed. Returns only by throwing, and then signals, descriptors and directory are as before; at no moment has another thread
 * seen others.
 *
 * @param path - is not looked up in `PATH`: see {@link execvp}
 * @param args - with `argv[0]`, as in `execve(2)` and `process.execve`. Default: `[path]`
 * @param env - the whole environment. Default: `process.env`
 * @returns never
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; a system error with `path`: `ENOENT`, `EACCES`, `E2BIG`, …;
 * `EBADF`: a descriptor of `fds` is not open; `EAGAIN`: with `fds` or `cwd` it takes a thread for a moment, and none is to be had
 * @see execve(2)
 * @example
 * ```ts
 * posix.execve('/bin/sh', ['sh', '-c', 'echo the same pid']); // prints: the same pid
 * ```
 */
export function execve(
  path: Bytes | URL,
  args?: readonly Bytes[],
  env: Environment = process.env,
  options: ExecOptions = {},
): never {
  const file = toPath(path, 'path');
  return exec(file, args === undefined ? [file] : args, env, options, {});
}

/**
 * The same for a name, which is looked up in `PATH`: the one of `env`, as {@link spawn} does it (where there is none, in
 * `/bin:/usr/bin`). A name with a slash is a path. There is no fallback to `/bin/sh` for a script without a `#!` line.
 *
 * @param file - a name or a path
 * @param args - with `argv[0]`. Default: `[file]`
 * @param env - the whole environment. Default: `process.env`
 * @returns never
 * @throws as {@link execve}: `ENOENT`: it is nowhere in `PATH`; `EACCES`: it is, but may not be executed
 * @see execvp(3)
 * @example
 * ```ts
 * posix.execvp('sh', ['sh', '-c', 'pwd'], process.env, { cwd: '/' }); // prints: /
 * ```
 */
export function execvp(
  file: Bytes | URL,
  args?: readonly Bytes[],
  env: Environment = process.env,
  options: ExecOptions = {},
): never {
  const name = toPath(file, 'file');
  const search = !Buffer.from(name).includes('/');
  return exec(name, args === undefined ? [name] : args, env, options, { search });
}

/**
 * The same for a program that is open already, whatever its name is by now: one that was looked at first, or has none (`memfd`).
 *
 * A script (`#!`) is opened again by its interpreter, by `/dev/fd/N`: it must be among `fds` under its own number (`{ [fd]: fd }`).
 *
 * @param fd - open for reading, or with `O_PATH`
 * @param args - with `argv[0]`
 * @param env - the whole environment. Default: `process.env`
 * @returns never
 * @throws as {@link execve}, without `path`; `EACCES`: no file that may be executed; `ENOENT`: a script that is not among `fds`
 * @see fexecve(3), execveat(2)
 * @example
 * ```ts
 * posix.fexecve(fs.openSync('/bin/echo', 'r'), ['echo', 'by its descriptor']); // prints: by its descriptor
 * ```
 */
export function fexecve(
  fd: number,
  args: readonly Bytes[],
  env: Environment = process.env,
  options: ExecOptions = {},
): never {
  validateInteger(fd, 'fd', 0, MAX_INT);
  return exec('', args, env, options, { fd });
}

function exec(
  file: Bytes,
  args: readonly Bytes[],
  env: Environment,
  options: ExecOptions,
  { search = false, fd = NONE }: { search?: boolean; fd?: number },
): never {
  const argv = toArguments(args, 'args');
  const envp = toEnvironment(env, 'env');
  const { fds, cwd } = validateOptions(options, 'options', ['fds', 'cwd']);
  const directory = cwd === undefined ? '' : toPath(cwd, 'options.cwd');
  const rest = { search, fd, cwd: directory };
  if (fds === undefined && cwd === undefined) return native.execve(file, argv, envp, { ...rest, fds: null });
  const descriptors = new Descriptors(fds === undefined ? {} : fds, false);
  return descriptors.with((list) => native.execve(file, argv, envp, { ...rest, fds: list })) as never;
}
