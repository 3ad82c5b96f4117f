// How does one spread work on the heap that is there already over all processors? One child per item.
import { availableParallelism } from 'node:os';
import { abortError } from '../sys/errors.js';
import { forkRunFrom } from './fork-run.js';
import { validateForkOptions } from '../fork/fork.js';
import { invalidType, validateAbortSignal, validateInteger, validateOptions, MAX_INT } from '../sys/validate.js';
import { framesAbove } from '../fork/stack.js';
import type { ThreadPolicy } from '../fork/thread-policy.js';

/** Options of {@link forkMap}. */
export interface ForkMapOptions {
  /** How many children may be alive at once. Default: the number of processors (`os.availableParallelism()`). */
  concurrency?: number;
  /** Ends all children; the promise rejects with an `AbortError`. */
  signal?: AbortSignal;
  /** What to do when threads live that `fork()` does not cover, as {@link ForkOptions} have it. */
  threads?: ThreadPolicy;
}

/**
 * Calls `fn` for each item in a child of its own, which sees the whole heap as it was when that child was forked: nothing is
 * serialized on the way in. The results come back as those of {@link forkRun} do.
 *
 * @returns the results in the order of the items
 * @throws (rejects) with the first error, after all other children have been ended; also as {@link forkRun}. Neither an error
 * nor the signal waits for an item that the source has yet to give
 * @see fork(2)
 * @example
 * ```ts
 * const hugeIndex = new Map([['fork', 3], ['wait', 4]]);
 * const counts = await posix.forkMap(['wait', 'fork'], (query) => hugeIndex.get(query), { concurrency: 4 });
 * console.log(counts); // prints: [ 4, 3 ]
 * ```
 */
export async function forkMap<I, O>(
  items: Iterable<I> | AsyncIterable<I>,
  fn: (item: I, index: number) => O | PromiseLike<O>,
  options: ForkMapOptions = {},
): Promise<O[]> {
  if (!isIterable(items)) {
    throw invalidType('items', 'an iterable or an async iterable', items);
  }
  if (typeof fn !== 'function') throw invalidType('fn', 'of type function', fn);
  const checked = validateOptions(options, 'options', ['concurrency', 'signal', 'threads']);
  const { concurrency = availableParallelism(), signal, threads } = checked;
  validateInteger(concurrency, 'options.concurrency', 1, MAX_INT);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  const { policy } = validateForkOptions(threads === undefined ? {} : { threads }, 'forkMap');

  const frames = framesAbove(forkMap);
  const results: O[] = [];
  const failure = new AbortController();
  const end = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const queue = new Queue(items, end);
  const lane = async (): Promise<void> => {
    try {
      for (let job = await queue.next(); job !== undefined; job = await queue.next()) {
        const { item, index } = job;
        const child = await forkRunFrom(frames, () => fn(item, index), { signal: end, threads: policy });
        try {
          results[index] = await child.result;
        } finally {
          // A child whose result has come has yet to leave: its place is free when it is gone.
          await child.status;
        }
      }
    } catch (error) {
      // The first error is the reason; those of the children that it ends are not.
      failure.abort(error);
    }
  };
  const lanes: Promise<void>[] = [];
  // A lane is begun when the ones before have work, so that a large number costs nothing.
  while (lanes.length < concurrency && !queue.exhausted && !failure.signal.aborted) {
    lanes.push(lane());
    await queue.asked();
  }
  await Promise.all(lanes);
  if (failure.signal.aborted) {
    await queue.close();
    throw failure.signal.reason;
  }
  return results;
}

function isIterable(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  const object = Object(value) as Partial<Iterable<unknown> & AsyncIterable<unknown>>;
  return typeof object[Symbol.iterator] === 'function' || typeof object[Symbol.asyncIterator] === 'function';
}

// Items are asked for one at a time, only when there is a place for them, and until `end` is aborted.
class Queue<I> {
  readonly #iterator: Iterator<I> | AsyncIterator<I>;
  readonly #end: AbortSignal;
  #asked: Promise<unknown> = Promise.resolve();
  #index = 0;
  #done = false;
  #pending = false;

  constructor(items: Iterable<I> | AsyncIterable<I>, end: AbortSignal) {
    // A string is iterable, and no object.
    const iterable = Object(items) as Iterable<I> | AsyncIterable<I>;
    this.#iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
    this.#end = end;
  }

  get exhausted(): boolean {
    return this.#done;
  }

  /** Resolves when the latest question has been answered. */
  async asked(): Promise<void> {
    await this.#asked;
  }

  next(): Promise<{ item: I; index: number } | undefined> {
    const answer = this.#asked.then(() => this.#next());
    this.#asked = answer.catch(() => undefined);
    return answer;
  }

  async #next(): Promise<{ item: I; index: number } | undefined> {
    if (this.#done) return undefined;
    const next = await this.#ask();
    if (next.done !== true) return { item: next.value, index: this.#index++ };
    this.#done = true;
    return undefined;
  }

  // Not Promise.race(): what never settles would hold on to every answer.
  #ask(): Promise<IteratorResult<I>> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(abortError(this.#end));
      };
      if (this.#end.aborted) {
        abort();
        return;
      }
      this.#end.addEventListener('abort', abort, { once: true });
      this.#pending = true;
      new Promise<IteratorResult<I>>((answer) => {
        answer(this.#iterator.next());
      })
        .catch((error: unknown) => {
          this.#done = true; // an iterator that threw is over
          throw error;
        })
        .finally(() => {
          this.#pending = false;
          this.#end.removeEventListener('abort', abort);
        })
        .then(resolve, reject);
    });
  }

  /** Lets a generator run its `finally`. What it throws is not the first error. */
  async close(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    try {
      const closed = Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
      // A generator returns when what it awaits is there, which may be never.
      if (!this.#pending) await closed;
    } catch {
      // Nor is this.
    }
  }
}
