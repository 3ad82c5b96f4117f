// How does one thread of all processes have something to itself, and what if it dies meanwhile?
import { types } from 'node:util';
import { codedError } from '../sys/errors.js';
import { native, noop } from '../sys/native.js';
import { invalidType, outOfRange, validateInteger, validateTimeout } from '../sys/validate.js';
import { notShared } from './atomics.js';

const LINE = 64; // kLineBytes of native/shared/regions.h
const OUTCOMES = ['acquired', 'abandoned', 'timed-out'] as const;

/**
 * A lock that only one thread at a time has, of all threads of all processes that share the memory. If its owner ends without
 * releasing it (by `exit`, by a signal, as a Worker), the next `acquire()` gets it and returns `'abandoned'`.
 *
 * All locks at the same offset of the same memory are one lock. It does not use the bytes there: the data that it guards may be
 * in them.
 *
 * A lock that the parent holds during a `fork()` stays the parent's: the child does not have it.
 *
 * @see pthread_mutexattr_setrobust(3)
 * @example
 * ```ts
 * const memory = posix.sharedMemory(64);
 * const lock = new posix.SharedLock(memory);
 * const child = await posix.forkRun(() => {
 *   lock.acquire();
 *   posix.kill(process.pid, 'SIGKILL'); // in the middle of something
 * });
 * await child.status;
 * console.log(lock.acquire()); // prints: abandoned
 * lock.release();
 * ```
 */
export class SharedLock implements Disposable {
  readonly #bytes: Uint8Array;
  readonly #offset: number;

  /**
   * @param memory - of {@link sharedMemory}
   * @param byteOffset - which lock of that memory: a multiple of 64
   * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ERR_INVALID_ARG_VALUE`: the memory is not of `sharedMemory()`
   */
  constructor(memory: SharedArrayBuffer, byteOffset = 0) {
    if (!types.isSharedArrayBuffer(memory)) {
      throw invalidType('memory', 'an instance of SharedArrayBuffer', memory);
    }
    const bytes = new Uint8Array(memory);
    if (!native.isSharedMemory(bytes)) throw notShared('memory', memory);
    validateInteger(byteOffset, 'byteOffset', 0, bytes.length - 1);
    if (byteOffset % LINE !== 0) throw outOfRange('byteOffset', `a multiple of ${LINE}`, byteOffset);
    this.#bytes = bytes;
    this.#offset = byteOffset;
  }

  /**
   * Waits until no other thread has the lock, and takes it. Blocks the thread, as {@link atomicWait} does.
   *
   * @param timeout - in milliseconds; 0: does not wait
   * @returns `'acquired'`; `'abandoned'`: acquired, too, but its last owner ended without releasing it, and may have changed only
   * half of the data (waiters learn this within 50 ms); `'timed-out'`
   * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ERR_LOCK_HELD`: this thread has it already
   */
  acquire(timeout = Infinity): 'acquired' | 'abandoned' | 'timed-out' {
    validateTimeout(timeout, 'timeout');
    return OUTCOMES[native.acquireLock(this.#bytes, this.#offset, timeout, noop)] as (typeof OUTCOMES)[number];
  }

  /**
   * Releases the lock.
   *
   * @throws `ERR_LOCK_NOT_HELD`: this thread does not have it, for instance in a child whose parent had it at the fork
   */
  release(): void {
    if (native.releaseLock(this.#bytes, this.#offset)) return;
    const message = 'This thread does not hold the lock (a lock that was held during a fork is the parent’s)';
    throw codedError(Error, 'ERR_LOCK_NOT_HELD', message);
  }

  /** Releases the lock if this thread has it: `using lock = new SharedLock(memory)`. */
  [Symbol.dispose](): void {
    native.releaseLock(this.#bytes, this.#offset);
  }
}
