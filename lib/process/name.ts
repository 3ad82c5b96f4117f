// What does ps(1) call this process?
import { toBytes } from '../sys/bytes.js';
import { type Bytes, native } from '../sys/native.js';
import { invalidValue } from '../sys/validate.js';

const MAX_NAME = 15; // bytes: TASK_COMM_LEN without its NUL

/**
 * The name of the calling thread. The name of the main thread is that of the process in `ps -o comm`, `top`, `pgrep` and
 * `killall`.
 *
 * @returns at most 15 bytes
 * @throws only `ERR_FORK_UNSUPPORTED_RUNTIME`, where nothing works
 * @see PR_GET_NAME(2const), prctl(2)
 * @example
 * ```ts
 * posix.setName('worker 1');
 * console.log(posix.getName()); // prints: worker 1
 * ```
 */
export function getName(): string {
  return native.threadName() ?? '';
}

/**
 * Names the calling thread; in the main thread, also the process. Unlike `process.title` it does not change the command line. A
 * forked child has its parent's name; after an exec the name is that of the program's file.
 *
 * @param name - at most 15 bytes; the kernel would cut off the rest
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`
 * @see PR_SET_NAME(2const), prctl(2)
 * @example
 * ```ts
 * if (posix.fork() === 0) {
 *   posix.setName('worker 2');
 *   console.log(fs.readFileSync('/proc/self/comm', 'utf8').trim()); // prints: worker 2
 *   process.exit();
 * }
 * await posix.wait();
 * ```
 */
export function setName(name: Bytes): void {
  const bytes = toBytes(name, 'name');
  if (Buffer.byteLength(bytes) > MAX_NAME) throw invalidValue('name', name, `must have at most ${MAX_NAME} bytes`);
  native.threadName(bytes);
}
