// Which memory is one and the same in this process and in all that are forked from it?
import { constants } from 'node:buffer';
import { native } from '../sys/native.js';
import { validateInteger } from '../sys/validate.js';

/**
 * Memory that is shared with every process that is forked from this one afterwards: by `fork()`, `forkRun()` or `forkMap()`, bare
 * ones and children of children, too. All of them read and write the same bytes, and `Atomics` work on them. A `SharedArrayBuffer`
 * of JavaScript's own is shared with Workers only; this one is, too.
 *
 * It is zero at first. It counts once for all processes together, from when its pages are first written. It has no name, and no
 * other process can come to it. The system has it back when the last process that inherited it has ended or has no more
 * reference to it.
 *
 * @param byteLength - its size, in bytes
 * @returns an ordinary `SharedArrayBuffer`, which does not grow
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ENOMEM`: there is not so much memory;
 * `ERR_FORK_UNSUPPORTED_RUNTIME`: this Node.js was built so that V8 takes no memory from others
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
