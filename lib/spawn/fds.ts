// Which descriptors does a program start with?
import fs from 'node:fs';
import { toPath } from '../sys/bytes.js';
import { systemError } from '../sys/errors.js';
import { type Bytes, native } from '../sys/native.js';
import {
  MAX_INT,
  invalidType,
  invalidValue,
  outOfRange,
  validateInteger,
  validateObject,
  validateOneOf,
  validateOptions,
} from '../sys/validate.js';

/** A file to open for a child, as `fs.open` does: with this process's rights, directory and `umask`. */
export interface ChildFile {
  /** The path of the file. */
  path: Bytes | URL;
  /** `'r'` (default), `'w'`, `'a'`, …, or a sum of `fs.constants.O_…`. */
  flags?: string | number;
  /** The permissions of a new file, less the `umask`. Default `0o666`. */
  mode?: number;
}

// null: by default, and so no error if it is not open.
type Checked = number | null | 'pipe' | CheckedFile;

interface CheckedFile {
  path: Bytes;
  flags: string | number;
  mode: number;
}

const MAX_MODE = 0o7777;
const NULL_DEVICE = -1;
const FLAGS = ['r', 'rs', 'r+', 'rs+', 'w', 'wx', 'w+', 'wx+', 'a', 'ax', 'as', 'a+', 'ax+', 'as+'];

/** The descriptors of a child, checked; what is to be opened is not yet. @internal */
export class Descriptors {
  readonly #sources = new Map<number, Checked>([0, 1, 2].map((fd) => [fd, null]));

  constructor(map: unknown, pipes: boolean) {
    validateObject(map, 'options.fds');
    for (const [key, source] of Object.entries(map) as [string, unknown][]) {
      this.#sources.set(toTarget(key), toSource(source, key, pipes));
    }
  }

  /**
   * Opens what is to be opened, hands over target, source, target, source, … in ascending order, and closes what is the
   * child's; also what is this process's, if that fails. What is not named is inherited, or `terminal`.
   */
  with(use: (fds: (number | null)[]) => number, terminal?: number): { pid: number; ours: ReadonlyMap<number, number> } {
    const theirs: number[] = [];
    const ours = new Map<number, number>();
    try {
      const list = [...this.#sources].map(([target, source]): [number, number | null] => {
        if (source === null && terminal !== undefined) return [target, terminal];
        if (source === null || typeof source === 'number') return [target, source];
        const fd = source === 'pipe' ? makePipe(target, ours) : openForChild(source);
        theirs.push(fd);
        return [target, fd];
      });
      return { pid: use(list.sort(([a], [b]) => a - b).flat()), ours };
    } catch (error) {
      for (const fd of ours.values()) native.close(fd);
      throw error;
    } finally {
      for (const fd of theirs) native.close(fd);
    }
  }
}

/** Closed by `native.close`. @internal */
export function openForChild({ path, flags, mode }: CheckedFile): number {
  // In a Worker Node keeps account of what it has opened itself, and must close it itself.
  const fd = fs.openSync(path as string | Buffer, flags, mode);
  try {
    return native.dup(fd, 0, true);
  } finally {
    fs.closeSync(fd);
  }
}

// The child's end. What is read or written in order goes through a pipe, as a program expects of its standard streams.
function makePipe(target: number, ours: Map<number, number>): number {
  const [first, second] = target > 2 ? native.socketpair('stream', true, false) : native.pipe(true, false);
  const [own, theirs] = target === 0 ? [second, first] : [first, second];
  try {
    ours.set(target, aboveStandard(own));
  } catch (error) {
    native.close(theirs);
    throw error;
  }
  return theirs;
}

// libuv never closes 0 to 2 ("Don't close stdio file descriptors. Nothing good comes from that.", uv__stream_close() of src/unix/stream.c). In a process
// that has closed its own, a program would wait for the end of its standard input for ever.
function aboveStandard(fd: number): number {
  if (fd > 2) return fd;
  try {
    return native.dup(fd, 3, true);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    // fcntl(2): 3 is not below RLIMIT_NOFILE.
    throw systemError('EMFILE', 'too many open files, pipe', 'pipe');
  } finally {
    native.close(fd);
  }
}

function toTarget(key: string): number {
  const target = Number(key);
  if (!/^-?\d+$/.test(key)) throw invalidValue('options.fds', key, 'must have descriptors as its keys');
  if (target < 0 || target > MAX_INT) throw outOfRange('options.fds', `a map of keys >= 0 && <= ${MAX_INT}`, target);
  if (key !== String(target)) throw invalidValue('options.fds', key, 'must have descriptors as its keys');
  return target;
}

function toSource(source: unknown, key: string, pipes: boolean): Checked {
  const name = `options.fds[${key}]`;
  if (source === 'inherit') return Number(key);
  if (source === 'ignore') return NULL_DEVICE;
  if (source === 'pipe' && pipes) return 'pipe';
  if (typeof source === 'string') {
    const pipe = pipes ? "'pipe', " : '';
    const hint = source === 'pipe' ? ' (spawnChild() takes it)' : '';
    throw invalidValue(name, source, `must be 'inherit', 'ignore', ${pipe}a descriptor or a file${hint}`);
  }
  if (source !== null && typeof source === 'object') return toFile(source, name);
  if (typeof source !== 'number') throw invalidType(name, "'inherit', 'ignore', a file or of type number", source);
  validateInteger(source, name, 0, MAX_INT);
  return source;
}

function toFile(file: object, name: string): CheckedFile {
  const { path, flags = 'r', mode = 0o666 } = validateOptions(file as ChildFile, name, ['path', 'flags', 'mode']);
  if (typeof flags === 'string') validateOneOf(flags, `${name}.flags`, FLAGS);
  else validateInteger(flags, `${name}.flags`, 0, MAX_INT);
  validateInteger(mode, `${name}.mode`, 0, MAX_MODE);
  return { path: toPath(path, `${name}.path`), flags, mode };
}
