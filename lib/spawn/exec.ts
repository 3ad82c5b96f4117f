// How does this process become another program?
import { toPath } from '../sys/bytes.js';
import { type Bytes, native } from '../sys/native.js';
import { MAX_INT, validateInteger, validateOptions } from '../sys/validate.js';
import { type ChildFile, Descriptors } from './fds.js';
import { type Environment, toArguments, toDirectory, toEnvironment } from './program.js';

/** Options of {@link execve}, {@link execvp} and {@link fexecve}. */
export interface ExecOptions {
  /**
   * The program's descriptors, as in the `fds` of {@link spawn}. For each number: `'inherit'` (it stays), `'ignore'`
   * (`/dev/null`), a descriptor of this process, or a file to open. 0 to 2 stay unless the map says otherwise; everything else is
   * closed.
   */
  fds?: Readonly<Record<number, 'inherit' | 'ignore' | number | ChildFile>>;
  /** The directory in which the program starts. A relative path is looked up from there. Default: this process's. */
  cwd?: Bytes | URL;
}

const NONE = -1;

/**
 * Replaces this process by another program, with the same pid, parent and children. It works in any thread; the kernel ends all
 * other threads. There is no `exit` event, and nothing is flushed.
 *
 * In the program, all signals have their defaults and none is blocked; descriptors 0 to 2 are open and blocking, those of `fds`
 * are open, and everything else is closed. The call never returns. If it throws, signals, descriptors and directory are as
 * before, and other threads never saw them changed.
 *
 * @param path - not looked up in `PATH`: see {@link execvp}
 * @param args - with `argv[0]`, as in `execve(2)` and `process.execve`. Default: `[path]`
 * @param env - the whole environment. Default: `process.env`
 * @returns never
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; a system error with `path`: `ENOENT`, `EACCES`, `E2BIG`, …;
 * `EBADF`: a descriptor of `fds` is not open; `EAGAIN`: `fds` and `cwd` need a helper thread, and it cannot be started
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
 * Does the same as {@link execve}, but looks a name up in the `PATH` of `env`, as {@link spawn} does (without one, in
 * `/bin:/usr/bin`). A name with a slash is a path. There is no fallback to `/bin/sh` for a script without a `#!` line.
 *
 * @param file - a name or a path
 * @param args - with `argv[0]`. Default: `[file]`
 * @param env - the whole environment. Default: `process.env`
 * @returns never
 * @throws as {@link execve}: `ENOENT`: it is not in `PATH`; `EACCES`: it is, but may not be executed
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
 * Does the same as {@link execve}, but executes an open file: one that was checked first, or that has no name (`memfd`). The
 * interpreter of a script (`#!`) opens it again as `/dev/fd/N`, so its descriptor must be in `fds` under its own number (`{ [fd]:
 * fd }`).
 *
 * @param fd - open for reading, or with `O_PATH`
 * @param args - with `argv[0]`
 * @param env - the whole environment. Default: `process.env`
 * @returns never
 * @throws as {@link execve}, without `path`; `EACCES`: the file may not be executed; `ENOENT`: a script that is not in `fds`
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
  const directory = toDirectory(cwd, 'options.cwd');
  const rest = { search, fd, cwd: directory };
  if (fds === undefined && directory.length === 0) return native.execve(file, argv, envp, { ...rest, fds: null });
  const descriptors = new Descriptors(fds === undefined ? {} : fds, false);
  return descriptors.with((list) => native.execve(file, argv, envp, { ...rest, fds: list })) as never;
}
