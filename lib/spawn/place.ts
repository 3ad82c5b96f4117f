// Where does a program live: in which namespaces, and in which cgroup?
import { existsSync } from 'node:fs';
import { toPath } from '../sys/bytes.js';
import { codedError } from '../sys/errors.js';
import { type Bytes, native, type NativeWho } from '../sys/native.js';
import { invalidValue, MAX_INT, validateInteger, validateOneOf } from '../sys/validate.js';
import { openForChild } from './fds.js';
import { toList } from './program.js';

/** A namespace: the name of its file in `/proc/self/ns`, but `'mount'` for `mnt`. */
export type Namespace = 'user' | 'pid' | 'net' | 'mount' | 'ipc' | 'uts' | 'cgroup';

/** An open descriptor, or a path. */
export type OpenOrPath = number | Bytes | URL;

/** Namespaces and cgroup of the program; part of {@link SpawnOptions}. */
export interface PlaceOptions {
  /**
   * New namespaces for the program, as with `unshare(1)`. `'user'` needs no privilege: it maps this process's user and group, and
   * no others, to `uid` and `gid` in the namespace (default: to themselves). With `uid: 0` the program has all rights in the
   * other new namespaces. With `'pid'` it is process 1, which of the signals without a handler only `SIGKILL` ends. With
   * `'mount'` only the program sees what it mounts.
   */
  unshare?: readonly Namespace[];
  /**
   * Existing namespaces that the program joins in this order, as with `nsenter(1)`: descriptors or paths of files such as
   * `/proc/PID/ns/net`. A user namespace must be first. With a mount namespace, `file` and `cwd` are looked up in it.
   */
  setns?: readonly OpenOrPath[];
  /** The cgroup (v2) in which the program starts: its directory, or a descriptor of it. */
  cgroup?: OpenOrPath;
}

const FLAGS: Readonly<Record<Namespace, number>> = {
  user: 0x10000000,
  pid: 0x20000000,
  net: 0x40000000,
  mount: 0x00020000,
  ipc: 0x08000000,
  uts: 0x04000000,
  cgroup: 0x02000000,
}; // CLONE_NEW… of <linux/sched.h>

const CLONE_INTO_CGROUP = 'clone3(CLONE_INTO_CGROUP)';

/** @internal */
export const PLACE_OPTIONS = ['unshare', 'setns', 'cgroup'] as const;

/** @internal */
export const NAMESPACES = Object.keys(FLAGS) as Namespace[];

/** Which namespaces the kernel has. @internal */
export function namespacesHere(): Namespace[] {
  return NAMESPACES.filter((name) => existsSync(`/proc/self/ns/${name === 'mount' ? 'mnt' : name}`));
}

type Place = Pick<NativeWho, 'namespaces' | 'join' | 'cgroup'>;

/** Checked; what is to be opened is not yet. @internal */
export class Places {
  readonly #namespaces: number;
  readonly #join: OpenOrPath[];
  readonly #cgroup: OpenOrPath | undefined;

  constructor({ unshare, setns, cgroup }: PlaceOptions) {
    this.#namespaces = unshare === undefined ? 0 : toFlags(unshare);
    this.#join =
      setns === undefined ? [] : toList(setns, 'options.setns').map((each, i) => toFile(each, `options.setns[${i}]`));
    this.#cgroup = cgroup === undefined ? undefined : toFile(cgroup, 'options.cgroup');
    if (unshare !== undefined && setns !== undefined)
      throw invalidValue('options.setns', setns, 'cannot be given with options.unshare');
  }

  /** Opens what is to be opened, hands it over, and closes it. */
  with<T>(use: (place: Place) => T): T {
    const opened: number[] = [];
    const open = (file: OpenOrPath): number => {
      if (typeof file === 'number') return file;
      const fd = openForChild({ path: file as Bytes, flags: 'r', mode: 0 });
      opened.push(fd);
      return fd;
    };
    if (this.#cgroup !== undefined && native.missingCalls().includes(CLONE_INTO_CGROUP)) {
      const message =
        'spawn() cannot do options.cgroup here: the kernel has no clone3(2) with CLONE_INTO_CGROUP, or a filter forbids it';
      throw codedError(Error, 'ERR_FORK_UNSUPPORTED_RUNTIME', message);
    }
    try {
      const join = this.#join.map(open);
      return use({ namespaces: this.#namespaces, join, cgroup: this.#cgroup === undefined ? -1 : open(this.#cgroup) });
    } finally {
      for (const fd of opened) native.close(fd);
    }
  }
}

function toFile(value: unknown, name: string): OpenOrPath {
  if (typeof value !== 'number') return toPath(value, name);
  validateInteger(value, name, 0, MAX_INT);
  return value;
}

function toFlags(unshare: unknown): number {
  const names = Object.keys(FLAGS) as Namespace[];
  let flags = 0;
  toList(unshare, 'options.unshare').forEach((name, i) => {
    validateOneOf(name, `options.unshare[${i}]`, names);
    flags |= FLAGS[name];
  });
  return flags;
}
