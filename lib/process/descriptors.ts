// Where do descriptors come from that no child inherits by accident?
import { fstatSync, type Stats } from 'node:fs';
import { isatty } from 'node:tty';
import { native } from '../sys/native.js';
import { MAX_INT, validateBoolean, validateInteger, validateOneOf, validateOptions } from '../sys/validate.js';
import { endWatchers } from './watched.js';

/** Options of {@link pipe}. */
export interface PipeOptions {
  /** Whether an exec closes the descriptors. `spawn` passes on what its `fds` say in any case. Default `true`. */
  cloexec?: boolean;
  /** `O_NONBLOCK`. Default `false`. */
  nonblock?: boolean;
}

/** Options of {@link socketpair}. */
export interface SocketpairOptions extends PipeOptions {
  /** `SOCK_STREAM`, `SOCK_DGRAM` or `SOCK_SEQPACKET`. Default `'stream'`. */
  type?: 'stream' | 'dgram' | 'seqpacket';
}

/**
 * Makes a pipe, by default close-on-exec.
 *
 * @returns the end to read from, and the end to write to. The caller closes them with `fs.closeSync`. (In a Worker, Node then
 * warns that it has not opened them, unless the Worker was created with `trackUnmanagedFds: false`.)
 * @throws `ERR_INVALID_ARG_TYPE`; `EMFILE`, `ENFILE`
 * @see pipe(2)
 * @example
 * ```ts
 * const [readFd, writeFd] = posix.pipe();
 * posix.spawn('echo', ['hello'], { fds: { 1: writeFd } });
 * fs.closeSync(writeFd);
 * console.log(fs.readFileSync(readFd, 'utf8').trim()); // prints: hello
 * ```
 */
export function pipe(options: PipeOptions = {}): [readFd: number, writeFd: number] {
  return native.pipe(...toFlags(validateOptions(options, 'options', ['cloexec', 'nonblock'])));
}

/**
 * Makes two connected Unix sockets, by default close-on-exec.
 *
 * @returns both ends; the caller closes them (`fs.closeSync`, or `new net.Socket({ fd })`)
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; `EMFILE`, `ENFILE`
 * @see socketpair(2), unix(7)
 * @example
 * ```ts
 * const [ours, theirs] = posix.socketpair();
 * posix.spawn('sh', ['-c', 'echo hello >&3'], { fds: { 3: theirs } });
 * fs.closeSync(theirs);
 * new net.Socket({ fd: ours }).on('data', (data) => console.log(`${data}`.trim())); // prints: hello
 * ```
 */
export function socketpair(options: SocketpairOptions = {}): [number, number] {
  const known = validateOptions(options, 'options', ['cloexec', 'nonblock', 'type']);
  const flags = toFlags(known);
  const { type = 'stream' } = known;
  validateOneOf(type, 'options.type', ['stream', 'dgram', 'seqpacket']);
  return native.socketpair(type, ...flags);
}

/** Options of {@link dup}. */
export interface DupOptions {
  /** Whether an exec closes the copy. Default `true`. */
  cloexec?: boolean;
  /** The lowest number that it may have. Default 0. */
  min?: number;
}

/**
 * Makes a copy of a descriptor. Both share the position and all flags except close-on-exec.
 *
 * @returns the copy, with the lowest free number; the caller closes it (`fs.closeSync`)
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `EBADF`: `fd` is not open; `EINVAL`: `min` is not
 * below `RLIMIT_NOFILE`; `EMFILE`
 * @see dup(2), fcntl(2), F_DUPFD_CLOEXEC
 * @example
 * ```ts
 * const copy = posix.dup(1, { min: 100 });
 * console.log(copy); // prints: 100
 * fs.closeSync(copy);
 * ```
 */
export function dup(fd: number, options: DupOptions = {}): number {
  validateInteger(fd, 'fd', 0, MAX_INT);
  const { cloexec = true, min = 0 } = validateOptions(options, 'options', ['cloexec', 'min']);
  validateBoolean(cloexec, 'options.cloexec');
  validateInteger(min, 'options.min', 0, MAX_INT);
  return native.dup(fd, min, cloexec);
}

/**
 * Makes `newFd` a copy of `oldFd`, and closes what `newFd` was before, in one step. A stream of Node's on `newFd` writes the rest
 * of its data to the new file, and stops reading until it is resumed. (If `process.stdin` has read from a pipe or a socket, and
 * `oldFd` is a file, `process.stdin` is destroyed.)
 *
 * @param options - `cloexec`: whether an exec closes `newFd`. Default `true`; for 0 to 2 `false`. If both are the same number,
 * nothing happens unless `cloexec` is given.
 * @returns `newFd`
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`: `oldFd` is not open, or `newFd` not below `RLIMIT_NOFILE`
 * @see dup2(2)
 * @example
 * ```ts
 * posix.dup2(fs.openSync('log', 'a'), 1); // stdout
 * console.log('in the file');
 * ```
 */
export function dup2(oldFd: number, newFd: number, options: { cloexec?: boolean } = {}): number {
  validateInteger(oldFd, 'oldFd', 0, MAX_INT);
  validateInteger(newFd, 'newFd', 0, MAX_INT);
  const { cloexec } = validateOptions(options, 'options', ['cloexec']);
  if (cloexec !== undefined) validateBoolean(cloexec, 'options.cloexec');
  // Only of a dup2() that will succeed: EBADF leaves everything as it was.
  const file = oldFd === newFd ? undefined : statusOf(oldFd);
  if (file) endWatchers(newFd, file.isFIFO() || file.isSocket() || isatty(oldFd));
  return native.dup2(oldFd, newFd, cloexec ?? null);
}

function statusOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined;
  }
}

function toFlags({ cloexec = true, nonblock = false }: PipeOptions): [cloexec: boolean, nonblock: boolean] {
  validateBoolean(cloexec, 'options.cloexec');
  validateBoolean(nonblock, 'options.nonblock');
  return [cloexec, nonblock];
}
