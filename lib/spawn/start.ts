// What does it take to start a program? Everything is checked first; then descriptors are made, and the program is started.
import { toBytes, toPath } from '../sys/bytes.js';
import { type Bytes, native, type NativeSpawnOptions } from '../sys/native.js';
import type { WindowSize } from '../terminal/termios.js';
import { type Environment, toArguments, toDirectory, toEnvironment } from './program.js';
import { type ChildFile, Descriptors } from './fds.js';
import { Places } from './place.js';
import { toWho, WHO_OPTIONS, type WhoOptions } from './who.js';
import { assertNotExiting } from '../node/exiting.js';
import {
  MAX_INT,
  invalidType,
  invalidValue,
  isArray,
  validateBoolean,
  validateInteger,
  validateOptions,
} from '../sys/validate.js';

/** Options of {@link spawn}. */
export interface SpawnOptions extends WhoOptions {
  /** The directory in which the program starts. A relative `file` is looked up from there. Default: this process's. */
  cwd?: Bytes | URL;
  /**
   * The whole environment, including inherited properties of `env` (except those of `Object.prototype`), as for `child_process`.
   * Default: `process.env`.
   */
  env?: Environment;
  /** The program's `argv[0]`. Default: `file`. */
  argv0?: Bytes;
  /**
   * Whether a `file` without a slash is looked up in the `PATH` of `env`, as in `child_process` (without one, in
   * `/bin:/usr/bin`). Default `true`.
   */
  path?: boolean;
  /**
   * The child's descriptors. For each number: `'inherit'` (the parent's of the same number), `'ignore'` (`/dev/null`), a
   * descriptor of the parent, or a file to open. 0 to 2 are inherited unless the map says otherwise; everything else is closed.
   */
  fds?: Readonly<Record<number, 'inherit' | 'ignore' | number | ChildFile>>;
  /** Whether the child leads a new session, without a controlling terminal. Default `false`. */
  setsid?: boolean;
  /** The process group that the child joins; 0: a new one, which it leads. Default: this process's. */
  pgid?: number;
  /**
   * Makes the child's process group the foreground group of its controlling terminal, before the program runs. `true`: the
   * terminal is descriptor 0; a number: that descriptor of this process. With `setsid` it becomes the controlling terminal of the
   * new session. Default `false`.
   */
  foreground?: boolean | number;
}

const SLASH = 0x2f;
const NONE = -1;
/** @internal */
export const SPAWN_OPTIONS = [
  'cwd',
  'env',
  'argv0',
  'path',
  'fds',
  'setsid',
  'pgid',
  'foreground',
  ...WHO_OPTIONS,
] as const;

/** @internal */
export const SPAWN_CHILD_OPTIONS = ['signal', 'timeout', 'killSignal', 'pty'] as const;

const NULL_IS_NONE = ['env', 'argv0', 'uid', 'gid', 'timeout', 'killSignal'] as const;

const ELSEWHERE = { names: SPAWN_CHILD_OPTIONS, of: 'spawnChild()' };

// Without a prototype, as options are that were checked: a `uid` that a program has put on all objects is nobody's.
const NONE_BLOCKED: WhoOptions = Object.freeze(Object.assign(Object.create(null) as object, { sigmask: [] }));

/** A program that may be started. @internal */
export interface Prepared {
  /** Those of the caller, copied; of the ones that are not of `SPAWN_OPTIONS` only the names are checked. */
  options: Readonly<Record<string, unknown>>;
  /** `ours`: the ends of its pipes that are this process's, by the child's descriptor. */
  start(caller: string): { pid: number; ours: ReadonlyMap<number, number>; master?: number };
}

/** Checks everything that can be, and does nothing yet. @internal */
export function prepareSpawn(
  file: unknown,
  args: unknown,
  options: unknown,
  names: readonly string[],
  {
    pipes,
    pty,
  }: {
    pipes: boolean;
    pty: ((options: Readonly<Record<string, unknown>>) => WindowSize | undefined) | undefined;
  } = { pipes: false, pty: undefined },
): Prepared {
  const program = toPath(file, 'file');
  const [given, chosen] = withoutArguments(args, options) ? [[], args] : [args, options === undefined ? {} : options];
  const list = toArguments(given ?? [], 'args');
  const known = withoutNull(validateOptions(chosen as Record<string, unknown>, 'options', names, ELSEWHERE));
  const {
    cwd,
    env = process.env,
    argv0 = program,
    path = true,
    setsid = false,
    pgid,
    foreground = false,
    fds = {},
  } = known as SpawnOptions;
  const directory = toDirectory(cwd, 'options.cwd');
  const environment = toEnvironment(env, 'options.env');
  const name = toBytes(argv0, 'options.argv0');
  validateBoolean(path, 'options.path');
  validateBoolean(setsid, 'options.setsid');
  if (pgid !== undefined) {
    validateInteger(pgid, 'options.pgid', 0, MAX_INT);
    if (setsid) throw invalidValue('options.pgid', pgid, 'cannot be given with options.setsid');
  }
  const descriptors = new Descriptors(fds, pipes);
  const nativeOptions = {
    cwd: directory,
    search: path && !(typeof program === 'string' ? program.includes('/') : program.includes(SLASH)),
    setsid,
    pgid: pgid ?? NONE,
    foreground: toTerminal(foreground),
    who: toWho(known),
  };
  const size = pty?.(known);
  if (size) {
    for (const option of ['setsid', 'pgid', 'foreground'] as const) {
      if (known[option] !== undefined)
        throw invalidValue(`options.${option}`, known[option], 'cannot be given with options.pty');
    }
  }
  const places = new Places(known);
  const start = (fds: (number | null)[], own: Partial<NativeSpawnOptions>): number =>
    places.with((place) => {
      const all = { ...nativeOptions, fds, ...own };
      const who = all.who && { ...all.who, ...place };
      return native.spawn(program, [name, ...list], environment, { ...all, who });
    });
  return {
    options: known,
    start(caller) {
      assertNotExiting(caller);
      if (!size) return descriptors.with((fds) => start(fds, {}));
      const [master, slave] = native.openpty(size.rows, size.cols);
      try {
        const started = descriptors.with(
          // The terminal becomes its controlling one, which posix_spawn(3) can do in few C libraries.
          (fds) => start(fds, { setsid: true, foreground: slave, who: nativeOptions.who ?? toWho(NONE_BLOCKED) }),
          slave,
        );
        return { ...started, master };
      } catch (error) {
        native.close(master);
        throw error;
      } finally {
        native.close(slave);
      }
    },
  };
}

// spawn(file, options), as child_process has it.
function withoutArguments(args: unknown, options: unknown): args is SpawnOptions {
  return options === undefined && args !== null && typeof args === 'object' && isArray(args) === false;
}

// For these child_process takes null, too, as if they were not given (for `cwd`: see toDirectory()).
function withoutNull(known: Record<string, unknown>): Record<string, unknown> {
  for (const name of NULL_IS_NONE) if (known[name] === null) known[name] = undefined;
  return known;
}

function toTerminal(foreground: unknown): number {
  if (typeof foreground === 'boolean') return foreground ? 0 : NONE;
  if (typeof foreground !== 'number') throw invalidType('options.foreground', 'of type boolean or number', foreground);
  validateInteger(foreground, 'options.foreground', 0, MAX_INT);
  return foreground;
}
