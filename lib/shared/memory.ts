// Which memory is one and the same in this process and in all that are forked from it?
import { constants } from 'node:buffer';
import { native } from '../sys/native.js';
import { validateInteger } from '../sys/validate.js';

/**
 * Makes memory that this process shares with every process that is forked from it afterwards, with any function, and with their
 * children. All of them read and write the same bytes, and `Atomics` work on them. An ordinary `SharedArrayBuffer` is shared only
 * with Workers; this one is, too.
 *
 * It is filled with zeros. It counts once for all processes together, from when its pages are first written. It has no name, so
 * no other process can open it. It is freed when every process that has inherited it has ended or has no more reference to it.
 *
 * @param byteLength - its size, in bytes
 * @returns an ordinary `SharedArrayBuffer`, which does not grow
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ENOMEM`: there is not enough memory; `ERR_FORK_UNSUPPORTED_RUNTIME`: V8
 * was built so that it accepts no outside memory
 * @see `MAP_SHARED` and `MAP_ANONYMOUS` in mmap(2); docs/shared-memory.md
 * @example
 * ```ts
 * const count = new Int32Array(posix.sharedMemory(4));
 * const children = [1, 2, 3].map((n) => posix.forkRun(() => Atomics.add(count, 0, n)));
 * await Promise.all(children.map(async (child) => (await child).result));
 * console.log(count[0]); // prints: 6
 * ```
 */
export function sharedMemory(byteLength: number): SharedArrayBuffer {
  validateInteger(byteLength, 'byteLength', 1, constants.MAX_LENGTH);
  return native.sharedMemory(byteLength);
}
