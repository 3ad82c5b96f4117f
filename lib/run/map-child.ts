// What does a child of forkMap do? One item after the other, until there are no more or it has had its share. What came of them goes
// to the parent in batches.
import type { EventEmitter } from 'node:events';
import { later, Unheard } from '../node/async-hooks.js';
import { now } from '../sys/clock.js';
import { native } from '../sys/native.js';
import { isThenable } from '../sys/thenable.js';
import { Batch, unpack } from './batch.js';
import { fromMessage } from './message.js';
import { ForkPort } from './port.js';
import { encodeResult } from './result.js';
import { Steps } from './steps.js';

// No result waits longer than this for others, unless its child is busy.
const FLUSH = 20; // ms

// As it was before the program had a chance to patch it.

/** An item, and the place of its result. @internal */
export interface Job<I> {
  item: I;
  index: number;
}

/** Where a child has its items from. @internal */
export interface Jobs<I> {
  /** The next one, if it is there. */
  next(): Job<I> | undefined;
  /** Says whether there are more, when they are there. */
  wait(then: (more: boolean) => void, failed: (error: unknown) => void): void;
}

/**
 * Child. Done when there is nothing left to do; fails with what `fn` threw. By callbacks, as all of this: hooks of async_hooks are to
 * hear of `fn` only.
 *
 * @param at - shared with the parent, which so knows what a dead child was at: one more than the index
 * @internal
 */
export function mapInChild<I, O>(
  jobs: Jobs<I>,
  fn: (item: I, index: number) => O | PromiseLike<O>,
  at: Int32Array,
  port: ForkPort,
): Unheard {
  ForkPort.hide(port);
  return new Unheard((done, failed) => {
    const mapping = new Mapping({ jobs, fn, at, port }, done, failed);
    mapping.step(() => {
      mapping.work();
    });
  });
}

interface MapTask<I, O> {
  jobs: Jobs<I>;
  fn: (item: I, index: number) => O | PromiseLike<O>;
  at: Int32Array;
  port: ForkPort;
}

class Mapping<I, O> extends Steps {
  readonly #jobs: Jobs<I>;
  readonly #fn: (item: I, index: number) => O | PromiseLike<O>;
  readonly #at: Int32Array;
  readonly #port: ForkPort;
  readonly #results: Results;
  readonly #done: () => void;
  readonly #failed: (error: unknown) => void;
  #index = 0; // of what is waited for
  readonly #await = this.waiter(
    (value) => {
      if (this.#add(this.#index, value)) this.work();
    },
    (error) => {
      this.fail(error);
    },
  );

  constructor({ jobs, fn, at, port }: MapTask<I, O>, done: (value: unknown) => void, failed: (error: unknown) => void) {
    super();
    this.#jobs = jobs;
    this.#fn = fn;
    this.#at = at;
    this.#port = port;
    this.#results = new Results(port);
    this.#done = () => {
      done(undefined);
    };
    this.#failed = failed;
  }

  work(): void {
    for (let job = this.#jobs.next(); job; job = this.#jobs.next()) {
      const { index } = job;
      Atomics.store(this.#at, 0, index + 1);
      const result = this.#fn(job.item, index);
      if (isThenable(result)) {
        this.#index = index;
        this.#results.flushSoon();
        this.#await.wait(result);
        return;
      }
      if (!this.#add(index, result)) return;
    }
    this.#results.flush(() => {
      this.step(() => {
        this.#wait();
      });
    });
  }

  // False: it does not go on at once.
  #add(index: number, result: unknown): boolean {
    // A grandchild, that fn() made by fork(), comes back here, too: what is left is not for it to do.
    if (this.#port.closed) {
      this.#done();
      return false;
    }
    this.#results.add(index, result);
    if (!this.#results.due) return true;
    this.#results.flush(() => {
      this.step(() => {
        this.work();
      });
    });
    return false;
  }

  #wait(): void {
    this.#jobs.wait(
      (more) => {
        if (!more) this.#done();
        else
          this.soon(() => {
            this.work();
          });
      },
      (error) => {
        this.fail(error);
      },
    );
  }

  protected fail(error: unknown): void {
    try {
      this.#results.flush(() => {
        this.#failed(error);
      });
    } catch (another) {
      this.#failed(another);
    }
  }
}

class Results {
  readonly #port: ForkPort;
  readonly #batch = new Batch();
  #flushed = now();
  #isTimed = false;

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
    if (this.#isTimed || this.#batch.count === 0) return;
    this.#isTimed = true;
    const left = Math.ceil(FLUSH - (now() - this.#flushed));
    native.afterUnheard(Math.max(left, 0), () => {
      this.#isTimed = false;
      if (this.#port.closed) return;
      if (this.due) this.flush(() => undefined);
      else this.flushSoon(); // what came since it was sent
    });
  }

  /** Calls `then`, later, when the parent has taken it: so no more than a batch is ever on its way. */
  flush(then: () => void): void {
    this.#flushed = now();
    if (this.#batch.count === 0 || this.#port.postMessage(this.#batch.take())) later(then);
    else whenDrained(this.#port, then);
  }
}

/** Resolves when there is room for more, or nobody who takes it. @internal */
export async function post(port: ForkPort, message: unknown): Promise<void> {
  if (!port.postMessage(message))
    await new Promise<void>((resolve) => {
      whenDrained(port, resolve);
    });
}

/** After a message that was not sent at once. Calls `then` on an empty stack. @internal */
export function whenDrained(port: ForkPort, then: () => void): void {
  if (port.closed) {
    later(then);
    return;
  }
  const emitter: EventEmitter = port;
  const go = (): void => {
    emitter.off('drain', go).off('close', go);
    later(then);
  };
  emitter.on('drain', go).on('close', go);
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

  wait(then: (more: boolean) => void): void {
    then(false);
  }
}

/** Child. Items that the parent sends, until it sends `null`, or has ended. @internal */
export class SentJobs<I> implements Jobs<I> {
  readonly #port: ForkPort;
  #jobs: Iterator<[index: number, item: I]> | undefined;

  constructor(port: ForkPort) {
    this.#port = port;
  }

  next(): Job<I> | undefined {
    const next = this.#jobs?.next();
    if (next === undefined || next.done) return undefined;
    return { index: next.value[0], item: next.value[1] };
  }

  wait(then: (more: boolean) => void, failed: (error: unknown) => void): void {
    ForkPort.next(this.#port, {
      reject: failed,
      resolve: ({ done, value }) => {
        const more = !done && value !== null;
        if (more) this.#jobs = unpack<I>(value, (parts) => fromMessage(parts))[Symbol.iterator]();
        then(more);
      },
    });
  }
}
