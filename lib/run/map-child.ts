// What does a child of forkMap do? One item after the other, until there are no more or it has had its share. What came of them goes
// to the parent in batches.
import type { EventEmitter } from 'node:events';
import { whenChild } from '../child/when-child.js';
import { later, Unheard } from '../node/async-hooks.js';
import { now } from '../sys/clock.js';
import { native } from '../sys/native.js';
import { isThenable } from '../sys/thenable.js';
import { Batch, type Unpacked, unpackAll } from './batch.js';
import { fromMessage } from './message.js';
import { ForkPort } from './port.js';
import { encodeResult } from './result.js';
import type { SharedNumbers } from './shared-numbers.js';
import { Steps } from './steps.js';

// No result waits longer than this for others, unless its child is busy.
const FLUSH = 20; // ms

/** An item, and the place of its result. @internal */
export interface Job<I> {
  item: I;
  index: number;
}

/** Where a child has its items from. @internal */
export interface Jobs<I> {
  /** The latest one, and the place of its result. */
  readonly item: I;
  readonly index: number;
  /** Goes on to the next one, if it is there. */
  next(): boolean;
  /** Says whether there are more, when they are there. */
  wait(then: (more: boolean) => void, failed: (error: unknown) => void): void;
}

/**
 * Child. Done when there is nothing left to do; fails with what `fn` threw. By callbacks, as all of this: hooks of async_hooks are to
 * hear of `fn` only. @internal
 */
export function mapInChild<I, O>(task: MapTask<I, O>, port: ForkPort): Unheard {
  ForkPort.hide(port);
  return new Unheard((done, failed) => {
    const mapping = new Mapping(task, port, done, failed);
    mapping.step(() => {
      mapping.work();
    });
  });
}

/** What a child of a map has to do. @internal */
export interface MapTask<I, O> {
  jobs: Jobs<I>;
  fn: (item: I, index: number) => O | PromiseLike<O>;
  /** Shared with the parent, which so knows what a dead child was at: one more than the index. */
  at: Int32Array;
  /** Where results go that are numbers. Undefined: nobody looks there. */
  numbers?: SharedNumbers | undefined;
}

// What this process is: another one than its parent.
let generation = 0;
whenChild(() => {
  generation++;
});

class Mapping<I, O> extends Steps {
  readonly #task: MapTask<I, O>;
  readonly #port: ForkPort;
  readonly #batch = new Batch();
  readonly #came: Came = { result: undefined };
  #flushed = now();
  #isTimed = false;
  readonly #done: () => void;
  readonly #failed: (error: unknown) => void;
  #index = 0; // of what is waited for
  readonly #await = this.waiter(
    (value) => {
      if (this.#add(this.#index, value)) this.work();
      else this.#pause();
    },
    (error) => {
      this.fail(error);
    },
  );

  constructor(task: MapTask<I, O>, port: ForkPort, done: (value: unknown) => void, failed: (error: unknown) => void) {
    super();
    this.#task = task;
    this.#port = port;
    this.#done = () => {
      done(undefined);
    };
    this.#failed = failed;
  }

  work(): void {
    if (this.#isOver) {
      this.#done();
      return;
    }
    const { jobs } = this.#task;
    const came = this.#came;
    for (;;) {
      const end = workOn(this.#task, this.#flushed + FLUSH, came);
      if (end === NO_MORE) {
        this.#wait();
        return;
      }
      if (end === CAME && isThenable(came.result)) {
        this.#index = jobs.index;
        this.#flushSoon();
        this.#await.wait(came.result);
        return;
      }
      if (end === DUE || !this.#add(jobs.index, came.result)) {
        this.#pause();
        return;
      }
    }
  }

  // False: it does not go on at once.
  #add(index: number, result: unknown): boolean {
    if (this.#isOver) return false;
    const { numbers } = this.#task;
    if (numbers && typeof result === 'number') numbers.put(index, result);
    else if (!this.#batch.add(index, result, encodeResult)) return false;
    return now() - this.#flushed < FLUSH;
  }

  // Nobody takes results any more; or this is a grandchild, that fn() made by fork(), and what is left is not for it to do.
  get #isOver(): boolean {
    return this.#port.closed;
  }

  #pause(): void {
    if (this.#isOver) {
      this.#done();
      return;
    }
    this.#flush(() => {
      this.step(() => {
        this.work();
      });
    });
  }

  #wait(): void {
    this.#flush(() => {
      this.step(() => {
        this.#task.jobs.wait(
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
      });
    });
  }

  protected fail(error: unknown): void {
    try {
      this.#flush(() => {
        this.#failed(error);
      });
    } catch (another) {
      this.#failed(another);
    }
  }

  // While something else is waited for.
  #flushSoon(): void {
    if (this.#isTimed || this.#batch.count === 0) return;
    this.#isTimed = true;
    const left = Math.ceil(FLUSH - (now() - this.#flushed));
    native.afterUnheard(Math.max(left, 0), () => {
      this.#isTimed = false;
      if (this.#port.closed) return;
      if (now() - this.#flushed >= FLUSH) this.#flush(() => undefined);
      else this.#flushSoon(); // what came since it was sent
    });
  }

  // Calls `then`, later, when the parent has taken it: so no more than a batch is ever on its way.
  #flush(then: () => void): void {
    this.#flushed = now();
    if (this.#batch.count === 0) ForkPort.lookForEnd(this.#port); // as one that sends something is told of it
    if (this.#batch.count === 0 || this.#port.postMessage(this.#batch.take())) later(then);
    else whenDrained(this.#port, then);
  }
}

interface Came {
  /** Of the latest item, where that is not through. */
  result: unknown;
}

// Why it stops.
const NO_MORE = 0;
const DUE = 1; // what there is, is to be sent; or this is another process
const CAME = 2; // a result that is for others

// Items that are this quick (in ms) are not timed one by one, but so many together.
const QUICK = 1;
const TOGETHER = 16;

// One item after the other, until something comes of one that is no number, or there is nowhere to put it. Apart from the rest, with
// no object and as few calls for an item as can be: of 100,000 small ones most are done before V8 has compiled what does them, and the
// more there is to compile the longer it takes.
function workOn<I, O>({ jobs, fn, at, numbers }: MapTask<I, O>, due: number, came: Came): number {
  const own = generation;
  let untimed = 1;
  let timed = 0;
  while (jobs.next()) {
    const { index } = jobs;
    at[0] = index + 1;
    const result = fn(jobs.item, index);
    if (typeof result !== 'number' || numbers === undefined) {
      came.result = result;
      return CAME;
    }
    if (generation !== own) return DUE;
    numbers.put(index, result);
    if (--untimed > 0) continue;
    const time = now();
    if (time >= due) return DUE;
    untimed = time - timed < QUICK ? TOGETHER : 1;
    timed = time;
  }
  return NO_MORE;
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
  item!: I;
  index = 0;
  readonly #items: readonly I[];
  readonly #order: Uint32Array | undefined;
  readonly #length: number;
  readonly #counter: Int32Array;
  #left: number;

  /** @param order - which of them, if not all */
  constructor(items: readonly I[], order: Uint32Array | undefined, counter: Int32Array, share: number) {
    this.#items = items;
    this.#order = order;
    this.#length = order?.length ?? items.length;
    this.#counter = counter;
    this.#left = Math.min(share, this.#length);
  }

  next(): boolean {
    if (this.#left-- === 0) return false;
    const claimed = Atomics.add(this.#counter, 0, 1);
    if (claimed >= this.#length) return false;
    this.index = this.#order?.[claimed] ?? claimed;
    this.item = this.#items[this.index] as I;
    return true;
  }

  wait(then: (more: boolean) => void): void {
    then(false);
  }
}

/** Child. Items that the parent sends, until it sends `null`, or has ended. @internal */
export class SentJobs<I> implements Jobs<I> {
  item!: I;
  index = 0;
  readonly #port: ForkPort;
  #jobs: Unpacked<I> | undefined;
  #taken = 0; // of those

  constructor(port: ForkPort) {
    this.#port = port;
  }

  next(): boolean {
    const jobs = this.#jobs;
    if (jobs === undefined) return false;
    const taken = this.#taken++;
    if (taken < jobs.values.length) {
      this.index = jobs.indexes[taken] as number;
      this.item = jobs.values[taken] as I;
      return true;
    }
    this.#jobs = undefined;
    if (jobs.failure) throw jobs.failure.error;
    return false;
  }

  wait(then: (more: boolean) => void, failed: (error: unknown) => void): void {
    ForkPort.next(this.#port, {
      reject: failed,
      resolve: ({ done, value }) => {
        const more = !done && value !== null;
        if (more) {
          this.#jobs = unpackAll<I>(value, fromMessage);
          this.#taken = 0;
        }
        then(more);
      },
    });
  }
}
