// How does an open file get from one process to another? Through a Unix socket, whoever has the other end.
import { types } from 'node:util';
import { native } from '../sys/native.js';
import { invalidType, invalidValue, isArray, MAX_INT, validateInteger } from '../sys/validate.js';

/** What {@link recvFds} returns. */
export interface ReceivedFds {
  /** The bytes; empty if the other end is closed. */
  data: Buffer;
  /** New descriptors of this process, close-on-exec, which the caller closes. */
  fds: number[];
  /** Whether a packet was larger than `length`, so that the rest of it is lost. Always false for a stream. */
  truncated: boolean;
}

const MAX_FDS = 253; // SCM_MAX_FD in include/net/scm.h of Linux
const USUAL_LENGTH = 65_536;

/**
 * Sends bytes and descriptors through a Unix socket, such as one of {@link socketpair} or of any server at a path. The receiver
 * gets its own descriptors for the same open files: both share position, flags and locks.
 *
 * It blocks as `fs.writeSync` does. If the socket is non-blocking, as all of Node's own are, it throws `EAGAIN` instead. Between
 * a parent and its child a {@link ForkPort} does the same without that.
 *
 * @param fd - the socket
 * @param data - at least one byte, because descriptors travel with the first
 * @param fds - at most 253; they stay open here
 * @returns how many bytes were sent, with all descriptors; through a stream that may be fewer than in `data`
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `EBADF`: one is not open; `ENOTSOCK`, `ENOTSUP`:
 * not a Unix socket; `EPIPE`: the other end is closed; `EAGAIN`; `EMSGSIZE`; `ETOOMANYREFS`: too many descriptors are in flight
 * @see sendmsg(2), SCM_RIGHTS in unix(7); `socket.send_fds` of Python
 * @example
 * ```ts
 * const [ours, theirs] = posix.socketpair();
 * posix.sendFds(ours, Buffer.from('stdout'), [1]);
 * const { data, fds } = posix.recvFds(theirs);
 * console.log(`${data}: ${fs.fstatSync(fds[0]).ino === fs.fstatSync(1).ino}`); // prints: stdout: true
 * ```
 */
export function sendFds(fd: number, data: Uint8Array, fds: readonly number[]): number {
  validateInteger(fd, 'fd', 0, MAX_INT);
  if (!types.isUint8Array(data)) throw invalidType('data', 'an instance of Uint8Array', data);
  if (data.length === 0) throw invalidValue('data', data, 'must have at least one byte');
  if (isArray(fds) !== true) throw invalidType('fds', 'an instance of Array', fds);
  const { length } = fds; // read once
  if (length > MAX_FDS) throw invalidValue('fds', fds, `must have at most ${MAX_FDS} elements`);
  // A copy: so is each of them.
  const list = Array.from({ length }, (_, i) => fds[i]) as number[];
  list.forEach((each, i) => {
    validateInteger(each, `fds[${i}]`, 0, MAX_INT);
  });
  return native.sendFds(fd, data, list);
}

/**
 * Receives bytes, and the descriptors that came with them, from a Unix socket. It blocks as `fs.readSync` does; if the socket is
 * non-blocking, it throws `EAGAIN` instead. Nothing else may read from the socket: Node's own reads lose the descriptors.
 *
 * @param fd - the socket
 * @param length - how many bytes at most. Default 65,536
 * @returns what was received: from a stream never more than one message with descriptors; at the end `data` is empty
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`, `ENOTSOCK`, `ECONNRESET`, `EAGAIN`; `EMFILE`: there was no room
 * for all descriptors; none is kept, and the bytes are lost
 * @see recvmsg(2), SCM_RIGHTS in unix(7); `socket.recv_fds` of Python
 * @example
 * ```ts
 * const [ours, theirs] = posix.socketpair();
 * if (posix.fork() === 0) {
 *   posix.sendFds(theirs, Buffer.from('log'), [fs.openSync('log', 'w')]);
 *   posix._exit();
 * }
 * const { data, fds } = posix.recvFds(ours);
 * fs.writeSync(fds[0], 'of the parent');
 * console.log(`${data}: ${fs.readFileSync('log', 'utf8')}`); // prints: log: of the parent
 * await posix.wait();
 * ```
 */
export function recvFds(fd: number, length = USUAL_LENGTH): ReceivedFds {
  validateInteger(fd, 'fd', 0, MAX_INT);
  validateInteger(length, 'length', 1, MAX_INT);
  const buffer = Buffer.allocUnsafeSlow(length);
  const fds: number[] = [];
  const [size, truncated] = native.receiveFds(fd, buffer, fds);
  return { data: buffer.subarray(0, size), fds, truncated };
}
