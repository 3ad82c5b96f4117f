// What does a child of forkMap do? One item after the other, until there are no more or it has had its share. What came of them goes
// to the parent in batches.
import type { EventEmitter } from 'node:events';
import timers from 'node:timers';
import { Batch, unpack } from './batch.js';
import { fromMessage } from './message.js';
import type { ForkPort } from './port.js';
import { encodeResult } from './result.js';

// No result waits longer than this for others, unless its child is busy.
const FLUSH = 20; // ms

// As they were before the program had a chance to patch them.
const now = performance.now.bind(performance);
const { clearTimeout, setTimeout } = timers;

/** An item, and the place of its result. @internal */
export interface Job<I> {
  item: I;
  index: number;
}

/** Where a child has its items from. @internal */
export interface Jobs<I> {
  /** The next one, if it is there. */
  next(): Job<I> | undefined;
  /** Whether there are more, when they are there. */
  wait(): Promise<boolean>;
}

/**
 * Child. Returns when there is nothing left to do; throws what `fn` threw.
 *
 * @param at - shared with the parent, which so knows what a dead child was at: one more than the index
 * @internal
 */
export async function mapInChild<I, O>(
  jobs: Jobs<I>,
  fn: (item: I, index: number) => O | PromiseLike<O>,
  at: Int32Array,
  port: ForkPort,
): Promise<void> {
  const results = new Results(port);
  try {
    do {
      for (let job = jobs.next(); job; job = jobs.next()) {
        Atomics.store(at, 0, job.index + 1);
        let result: O | PromiseLike<O> = fn(job.item, job.index);
        if (isThenable(result)) {
          results.flushSoon();
          result = await result;
        }
        // A grandchild, that fn() made by fork(), comes back here, too: what is left is not for it to do.
        if (port.closed) return;
        results.add(job.index, result);
        if (results.due) await results.flush();
      }
      await results.flush();
    } while (await jobs.wait());
  } catch (error) {
    await results.flush();
    throw error;
  }
}

/** @internal */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as Partial<PromiseLike<T>>).then === 'function';
}

class Results {
  readonly #port: ForkPort;
  readonly #batch = new Batch();
  #flushed = now();
  #timer: NodeJS.Timeout | undefined;

  constructor(port: ForkPort) {
    this.#port = port;
  }

  add(index: number, value: unknown): void {
    this.#batch.add(index, value, encodeResult);
  }

  get due(): boolean {
    return this.#batch.full || now() - this.#flushed >= FLUSH;
  }

  /** While something else is waited for. */
  flushSoon(): void {
    if (this.#batch.count === 0) return;
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH).unref();
  }

  /** Waits for the parent to take it, so that no more than a batch is ever on its way. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushed = now();
    if (this.#batch.count > 0) await post(this.#port, this.#batch.take());
  }
}

/** Resolves when there is room for more, or nobody who takes it. @internal */
export async function post(port: ForkPort, message: unknown): Promise<void> {
  if (!port.postMessage(message)) await drained(port);
}

/** After a message that was not sent at once. @internal */
export async function drained(port: ForkPort): Promise<void> {
  if (port.closed) return;
  const emitter: EventEmitter = port;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      emitter.off('drain', go).off('close', go);
      resolve();
    };
    emitter.on('drain', go).on('close', go);
  });
}

/** Child. Items that it has inherited: who wants one takes the next number from a counter that all children share. @internal */
export class InheritedJobs<I> implements Jobs<I> {
  readonly #items: readonly I[];
  readonly #order: Uint32Array | undefined;
  readonly #counter: Int32Array;
  #share: number;

  /** @param order - which of them, if not all */
  constructor(items: readonly I[], order: Uint32Array | undefined, counter: Int32Array, share: number) {
    this.#items = items;
    this.#order = order;
    this.#counter = counter;
    this.#share = share;
  }

  next(): Job<I> | undefined {
    if (this.#share-- <= 0) return undefined;
    const length = this.#order?.length ?? this.#items.length;
    const claimed = Atomics.add(this.#counter, 0, 1);
    if (claimed >= length) return undefined;
    const index = this.#order?.[claimed] ?? claimed;
    return { item: this.#items[index] as I, index };
  }

  wait(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

/** Child. Items that the parent sends, until it sends `null`, or has ended. @internal */
export class SentJobs<I> implements Jobs<I> {
  readonly #messages: AsyncIterator<unknown>;
  #jobs: Iterator<[index: number, item: I]> | undefined;

  constructor(port: ForkPort) {
    this.#messages = port[Symbol.asyncIterator]();
  }

  next(): Job<I> | undefined {
    const next = this.#jobs?.next();
    if (next === undefined || next.done) return undefined;
    return { index: next.value[0], item: next.value[1] };
  }

  async wait(): Promise<boolean> {
    const message = await this.#messages.next();
    if (message.done || message.value === null) return false;
    this.#jobs = unpack<I>(message.value, (parts) => fromMessage(parts))[Symbol.iterator]();
    return true;
  }
}
