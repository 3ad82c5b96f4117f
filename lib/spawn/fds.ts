// Which descriptors does a program start with?
import fs from 'node:fs';
import type { Bytes } from '../sys/native.js';
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
import { toPath } from './program.js';

/** A file that is opened for a child, as `fs.open` does it: with this process's rights, and from its directory. */
export interface ChildFile {
  /** Which file. */
  path: Bytes | URL;
  /** How: `'r'` (default), `'w'`, `'a'`, …, or a sum of `fs.constants.O_…`. */
  flags?: string | number;
  /** The permissions of a file that is made, less the `umask`. Default `0o666`. */
  mode?: number;
}

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
  // null: by default, and so no error if it is not open.
  readonly #sources = new Map<number, number | null | CheckedFile>([0, 1, 2].map((fd) => [fd, null]));

  constructor(map: unknown) {
    validateObject(map, 'options.fds');
    for (const [key, source] of Object.entries(map) as [string, unknown][]) {
      this.#sources.set(toTarget(key), toSource(source, key));
    }
  }

  /** Opens the files, hands over target, source, target, source, … in ascending order, and closes them again. */
  with<T>(use: (fds: (number | null)[]) => T): T {
    const opened: number[] = [];
    try {
      const list = [...this.#sources].map(([target, source]): [number, number | null] => {
        if (source === null || typeof source === 'number') return [target, source];
        opened.push(fs.openSync(source.path as string | Buffer, source.flags, source.mode));
        return [target, opened.at(-1) as number];
      });
      return use(list.sort(([a], [b]) => a - b).flat());
    } finally {
      for (const fd of opened) fs.closeSync(fd);
    }
  }
}

function toTarget(key: string): number {
  const target = Number(key);
  if (!/^-?\d+$/.test(key)) throw invalidValue('options.fds', key, 'must have descriptors as its keys');
  if (target < 0 || target > MAX_INT) throw outOfRange('options.fds', `a map of keys >= 0 && <= ${MAX_INT}`, target);
  if (key !== String(target)) throw invalidValue('options.fds', key, 'must have descriptors as its keys');
  return target;
}

function toSource(source: unknown, key: string): number | CheckedFile {
  const name = `options.fds[${key}]`;
  if (source === 'inherit') return Number(key);
  if (source === 'ignore') return NULL_DEVICE;
  if (typeof source === 'string')
    throw invalidValue(name, source, "must be 'inherit', 'ignore', a descriptor or a file");
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
