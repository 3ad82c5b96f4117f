// How does one process wait until another has changed something in shared memory?
import { types } from 'node:util';
import { native, noop } from '../sys/native.js';
import { invalidType, invalidValue, MAX_INT, outOfRange, validateInteger, validateTimeout } from '../sys/validate.js';

const OUTCOMES = ['ok', 'not-equal', 'timed-out'] as const;

/**
 * If this element has the value `value`, waits until another process, or another thread, calls {@link atomicNotify} for it.
 * `Atomics.wait` works only within a process; this works across all processes that share the memory.
 *
 * It blocks the thread, as `Atomics.wait` does: no timer, no promise and no signal handler runs meanwhile. In a Worker
 * `terminate()` ends it.
 *
 * @param array - over memory of {@link sharedMemory}
 * @param index - of its element
 * @param value - the value for which to wait; if the element has another value, it does not wait
 * @param timeout - in milliseconds; setting the system's clock does not change it
 * @returns `'ok'`: notified (rarely without a notification for this waiter, so look at the value again); `'not-equal'`: the
 * element had another value; `'timed-out'`
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ERR_INVALID_ARG_VALUE`: the array is not over memory of `sharedMemory()`, or empty
 * @see `Atomics.wait`; futex(2)
 * @example
 * ```ts
 * const state = new Int32Array(posix.sharedMemory(4));
 * const child = await posix.forkRun(() => {
 *   Atomics.store(state, 0, 1);
 *   posix.atomicNotify(state, 0);
 * });
 * while (Atomics.load(state, 0) === 0) posix.atomicWait(state, 0, 0);
 * console.log(state[0]); // prints: 1
 * await child.result;
 * ```
 */
export function atomicWait(
  array: Int32Array,
  index: number,
  value: number,
  timeout?: number,
): 'ok' | 'not-equal' | 'timed-out';
export function atomicWait(
  array: BigInt64Array,
  index: number,
  value: bigint,
  timeout?: number,
): 'ok' | 'not-equal' | 'timed-out';
export function atomicWait(
  array: Int32Array | BigInt64Array,
  index: number,
  value: number | bigint,
  timeout = Infinity,
): 'ok' | 'not-equal' | 'timed-out' {
  validateElement(array, index);
  if (types.isBigInt64Array(array)) validateBigInt64(value, 'value');
  else validateInteger(value, 'value', -MAX_INT - 1, MAX_INT);
  validateTimeout(timeout, 'timeout');
  const outcome = native.atomicWait(array, index, value, timeout, noop);
  if (outcome === null) throw notShared('array', array);
  return OUTCOMES[outcome] as (typeof OUTCOMES)[number];
}

/**
 * Wakes threads of this and other processes that wait for this element in {@link atomicWait}. Change the value first.
 *
 * @param array - over memory of {@link sharedMemory}
 * @param index - of its element
 * @param count - how many to wake, at most
 * @returns how many slept and were woken
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `ERR_INVALID_ARG_VALUE`: the array is not over memory of `sharedMemory()`, or empty
 * @see `Atomics.notify`; futex(2)
 * @example
 * ```ts
 * const state = new Int32Array(posix.sharedMemory(4));
 * console.log(posix.atomicNotify(state, 0)); // prints: 0
 * ```
 */
export function atomicNotify(array: Int32Array | BigInt64Array, index: number, count = Infinity): number {
  validateElement(array, index);
  if (count !== Infinity) validateInteger(count, 'count', 0, Number.MAX_SAFE_INTEGER);
  const woken = native.atomicNotify(array, index, Math.min(count, MAX_INT));
  if (woken === null) throw notShared('array', array);
  return woken;
}

function validateElement(array: unknown, index: unknown): void {
  if (!types.isInt32Array(array) && !types.isBigInt64Array(array)) {
    throw invalidType('array', 'an instance of Int32Array or BigInt64Array', array);
  }
  if (array.length === 0) throw invalidValue('array', array, 'has no elements');
  validateInteger(index, 'index', 0, array.length - 1);
}

function validateBigInt64(value: unknown, name: string): void {
  if (typeof value !== 'bigint') throw invalidType(name, 'of type bigint', value);
  if (BigInt.asIntN(64, value) !== value) throw outOfRange(name, '>= -(2n ** 63n) && < 2n ** 63n', value);
}

/** @internal */
export function notShared(name: string, value: unknown): Error {
  return invalidValue(name, value, 'must be memory of sharedMemory(), or over it');
}
