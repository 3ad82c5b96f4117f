// How does another program start? fork+exec in one, with no JavaScript in between.
import { type Bytes, native } from '../sys/native.js';
import { toArguments, toBytes, toEnvironment, toPath } from './program.js';
import { type ChildFile, Descriptors } from './fds.js';
import { toWho, WHO_OPTIONS, type WhoOptions } from './who.js';
import { assertNotExiting } from '../node/exiting.js';
import {
  MAX_INT,
  invalidType,
  invalidValue,
  validateBoolean,
  validateInteger,
  isArray,
  validateOptions,
} from '../sys/validate.js';

/** Options of {@link spawn}. */
export interface SpawnOptions extends WhoOptions {
  /** The directory in which the program starts. A relative `file` is looked up from there. Default: this process's. */
  cwd?: Bytes | URL;
  /**
   * The whole environment, with what `env` inherits (but from `Object.prototype`), as `child_process` takes it. Default:
   * `process.env`.
   */
  env?: Readonly<Record<string, Bytes | undefined>>;
  /** What the program finds as its `argv[0]`. Default: `file`. */
  argv0?: Bytes;
  /**
   * Whether a `file` without a slash is looked up in `PATH`: the one of `env`, as `child_process` does it (where there is
   * none, in `/bin:/usr/bin`). Default `true`.
   */
  path?: boolean;
  /**
   * The child's descriptors: of each number, whether it is the parent's of the same number (`'inherit'`), `/dev/null`
   * (`'ignore'`), which of the parent's it is, or a file that is opened for it. 0 to 2 are inherited unless the map says otherwise; everything else is
   * closed.
   */
  fds?: Readonly<Record<number, 'inherit' | 'ignore' | number | ChildFile>>;
  /** Whether the child leads a new session, without a controlling terminal. Default `false`. */
  setsid?: boolean;
  /** The process group that the child joins; 0: a new one, which it leads. Default: this process's. */
  pgid?: number;
  /**
   * Makes the child's process group the foreground one of its controlling terminal, before the program runs. `true`: the
   * terminal is descriptor 0; a number: that descriptor of this process. With `setsid`, that terminal becomes the
   * controlling one of the new session. Default `false`.
   */
  foreground?: boolean | number;
}

const SLASH = 0x2f;
const NONE = -1;
const KNOWN = ['cwd', 'env', 'argv0', 'path', 'fds', 'setsid', 'pgid', 'foreground', ...WHO_OPTIONS] as const;

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
  const program = toPath(file, 'file');
  const [given, chosen] = withoutArguments(args, options) ? [[], args] : [args, options === undefined ? {} : options];
  const list = toArguments(given, 'args');
  const known = validateOptions(chosen, 'options', KNOWN);
  const {
    cwd,
    env = process.env,
    argv0 = program,
    path = true,
    setsid = false,
    pgid,
    foreground = false,
    fds = {},
  } = known;
  const directory = cwd === undefined ? '' : toPath(cwd, 'options.cwd');
  const environment = toEnvironment(env, 'options.env');
  const name = toBytes(argv0, 'options.argv0');
  validateBoolean(path, 'options.path');
  validateBoolean(setsid, 'options.setsid');
  if (pgid !== undefined) {
    validateInteger(pgid, 'options.pgid', 0, MAX_INT);
    if (setsid) throw invalidValue('options.pgid', pgid, 'cannot be given with options.setsid');
  }
  const descriptors = new Descriptors(fds);
  const nativeOptions = {
    cwd: directory,
    search: path && !(typeof program === 'string' ? program.includes('/') : program.includes(SLASH)),
    setsid,
    pgid: pgid ?? NONE,
    foreground: toTerminal(foreground),
    who: toWho(known),
  };
  assertNotExiting('spawn()');
  return descriptors.with((fds) => native.spawn(program, [name, ...list], environment, { ...nativeOptions, fds }));
}

// spawn(file, options), as child_process has it.
function withoutArguments(args: unknown, options: unknown): args is SpawnOptions {
  return options === undefined && args !== null && typeof args === 'object' && isArray(args) === false;
}

function toTerminal(foreground: unknown): number {
  if (typeof foreground === 'boolean') return foreground ? 0 : NONE;
  if (typeof foreground !== 'number') throw invalidType('options.foreground', 'of type boolean or number', foreground);
  validateInteger(foreground, 'options.foreground', 0, MAX_INT);
  return foreground;
}
