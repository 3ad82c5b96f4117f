// How do two processes that do not know each other get a pipe?
import { toPath } from '../sys/bytes.js';
import { type Bytes, native } from '../sys/native.js';
import { validateInteger } from '../sys/validate.js';

const MAX_MODE = 0o7777;

/**
 * Makes a pipe with a name. To open it for reading waits until another process opens it for writing, and the other way round,
 * unless with `O_NONBLOCK`.
 *
 * @param path - as for functions of `node:fs`
 * @param mode - its permissions, less the `umask`. Default `0o666`
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `EEXIST`, `EACCES`, `ENOENT`, … with `path`
 * @see mkfifo(3), fifo(7)
 * @example
 * ```ts
 * posix.mkfifo('orders');
 * const writer = posix.spawn('sh', ['-c', 'echo hello > orders']);
 * console.log(fs.readFileSync('orders', 'utf8').trim()); // prints: hello
 * await posix.waitpid(writer);
 * ```
 */
export function mkfifo(path: Bytes | URL, mode = 0o666): void {
  const file = toPath(path, 'path');
  validateInteger(mode, 'mode', 0, MAX_MODE);
  native.mkfifo(file, mode);
}
