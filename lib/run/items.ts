// Where do the items of a map come from? From a collection that is there, or from something that is asked for one after the other.
import { inspect } from 'node:util';
import { untilAborted } from './until.js';
import type { Job } from './map-child.js';

type Items<I> = Iterable<I> | AsyncIterable<I>;

// What only reads what is in the heap already, and has an end.
const IN_MEMORY: readonly unknown[] = [
  Array.prototype,
  Object.getPrototypeOf(Uint8Array.prototype),
  Set.prototype,
  Map.prototype,
  String.prototype,
].map((prototype) => (prototype as Iterable<unknown>)[Symbol.iterator]);

/** @internal */
export function isIterable(value: unknown): value is Items<unknown> {
  if (value === null || value === undefined) return false;
  const object = Object(value) as Partial<Iterable<unknown> & AsyncIterable<unknown>>;
  return typeof object[Symbol.iterator] === 'function' || typeof object[Symbol.asyncIterator] === 'function';
}

/** The items as they are now, if children can inherit them; undefined: they have to be asked for. @internal */
export function inMemory<I>(items: Items<I>): I[] | undefined {
  const object = Object(items) as Iterable<I>; // a string is iterable, and no object
  if (Symbol.asyncIterator in object || !IN_MEMORY.includes(object[Symbol.iterator])) return undefined;
  return [...object];
}

/** What a lane knows of a queue. @internal */
export interface ItemQueue<T> {
  readonly exhausted: boolean;
  asked(): Promise<void>;
  next(): Promise<Job<T> | undefined>;
}

/** Items are asked for one at a time, only when there is a place for them, and until `end` is aborted. @internal */
export class Queue<I, T = I> implements ItemQueue<T> {
  readonly #iterator: Iterator<I> | AsyncIterator<I>;
  readonly #accept: (item: I, index: number) => T;
  readonly #end: AbortSignal;
  #asked: Promise<unknown> = Promise.resolve();
  #index = 0;
  #done = false;
  #pending = false;

  /** @param accept - makes of an item, before the next is asked for, what `next()` gives */
  constructor(items: Items<I>, end: AbortSignal, accept: (item: I, index: number) => T) {
    const iterable = Object(items) as Items<I>;
    this.#iterator = Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
    this.#end = end;
    this.#accept = accept;
  }

  get exhausted(): boolean {
    return this.#done;
  }

  /** Resolves when the latest question has been answered. */
  async asked(): Promise<void> {
    await this.#asked;
  }

  /** Undefined: there are no more. */
  next(): Promise<Job<T> | undefined> {
    const answer = this.#asked.then(() => this.#next());
    this.#asked = answer.catch(() => undefined);
    return answer;
  }

  async #next(): Promise<Job<T> | undefined> {
    if (this.#done) return undefined;
    const next = await untilAborted(this.#end, () => this.#pull());
    if (next.done !== true) {
      const index = this.#index++;
      return { item: this.#accept(next.value, index), index };
    }
    this.#done = true;
    return undefined;
  }

  async #pull(): Promise<IteratorResult<I>> {
    this.#pending = true;
    try {
      return requireResult<I>(await this.#iterator.next());
    } catch (error) {
      this.#done = true; // an iterator that threw is over
      throw error;
    } finally {
      this.#pending = false;
    }
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

/**
 * What `next()` of a source gave, as `for…of` takes it.
 *
 * @throws TypeError where it is no object: it would be undefined items without end
 * @internal
 */
export function requireResult<T>(result: unknown): IteratorResult<T> {
  if (Object(result) === result) return result as IteratorResult<T>;
  throw new TypeError(`Iterator result ${inspect(result)} is not an object`);
}
