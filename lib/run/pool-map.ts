// How does pool.map() yield results as they arrive, without asking for all items at once?
import { types } from 'node:util';
import { invalidType } from '../sys/validate.js';
import type { Task } from './pool-member.js';

/** What is told the outcome of calls. @internal */
export type Caller = Pick<Task, 'isCancelled' | 'resolve' | 'reject'>;

/** @internal */
export interface Submitting {
  /** How many items may be asked for before their results are. */
  ahead: () => number;
  /** How many calls are best submitted together. */
  atOnce: () => number;
  submit: (calls: unknown[][], caller: Caller) => void;
  submitted: () => void;
}

type Entry = [index: number, result: unknown];

/** @internal */
export class Mapping implements AsyncIterableIterator<Entry, undefined> {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #pool: Submitting;
  #results: Entry[] = [];
  #index = 0;
  #ahead = 0;
  #unsettled = 0;
  #asking = false;
  #exhausted = false;
  #stopped = false;
  #failure: { error: unknown } | undefined;
  #callers: { resolve: (result: IteratorResult<Entry, undefined>) => void; reject: (error: unknown) => void }[] = [];

  constructor(items: unknown, pool: Submitting) {
    const source = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
    const iterate = source?.[Symbol.asyncIterator] ?? source?.[Symbol.iterator];
    if (typeof iterate !== 'function') throw invalidType('items', 'an iterable or an async iterable', items);
    this.#iterator = (iterate as () => Iterator<unknown>).call(source);
    this.#pool = pool;
  }

  next(): Promise<IteratorResult<Entry, undefined>> {
    return new Promise((resolve, reject) => {
      this.#callers.push({ resolve, reject });
      this.#answer();
      this.#fill();
    });
  }

  async return(): Promise<IteratorResult<Entry, undefined>> {
    this.#stop();
    this.#results = [];
    this.#answer();
    await Promise.resolve({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get #outstanding(): number {
    return this.#unsettled + this.#results.length;
  }

  #fill(): void {
    // Never less than it was: a child that takes long now may have got many calls at once while they were short.
    this.#ahead = Math.max(this.#ahead, this.#pool.ahead());
    if (this.#outstanding > this.#ahead / 2) return; // many at a time
    let submitted = false;
    try {
      while (!this.#exhausted && !this.#asking && this.#outstanding < this.#ahead) {
        const items = this.#ask(Math.min(this.#pool.atOnce(), this.#ahead - this.#outstanding));
        if (items.length === 0) break;
        this.#submit(items);
        submitted = true;
      }
    } catch (error) {
      this.#fail(error);
    }
    if (submitted) this.#pool.submitted();
    this.#answer();
  }

  // For so many items. Fewer come if there are no more, or the next is yet to come.
  #ask(count: number): unknown[] {
    const items: unknown[] = [];
    while (items.length < count && !this.#exhausted && !this.#asking) {
      const next = this.#iterator.next();
      if (types.isPromise(next)) this.#await(next);
      else if (next.done) this.#exhausted = true;
      else items.push(next.value);
    }
    return items;
  }

  #await(next: Promise<IteratorResult<unknown>>): void {
    this.#asking = true;
    next.then(
      (result) => {
        this.#asking = false;
        try {
          if (result.done) this.#exhausted = true;
          else if (!this.#exhausted) this.#submit([result.value]);
          this.#pool.submitted();
        } catch (error) {
          this.#fail(error);
        }
        this.#fill();
        this.#answer();
      },
      (error: unknown) => {
        this.#asking = false;
        this.#exhausted = true; // an iterator that threw is over
        this.#fail(error);
      },
    );
  }

  #submit(items: unknown[]): void {
    try {
      this.#submitOne(items);
    } catch (error) {
      if (items.length === 1) throw error;
      for (const item of items) this.#submitOne([item]); // which of them?
    }
  }

  #submitOne(items: unknown[]): void {
    const start = this.#index;
    this.#pool.submit(
      items.map((item) => [item]),
      {
        isCancelled: () => this.#stopped,
        resolve: (call, value) => {
          if (this.#stopped) return;
          this.#unsettled--;
          this.#results.push([start + call, value]);
          this.#answer();
          this.#fill();
        },
        reject: (_call, error) => {
          if (!this.#stopped) this.#fail(error);
        },
      },
    );
    this.#index += items.length;
    this.#unsettled += items.length;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop();
    this.#answer();
  }

  #stop(): void {
    this.#stopped = true;
    this.#unsettled = 0;
    if (this.#exhausted) return;
    this.#exhausted = true;
    try {
      Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
    } catch {
      // The first error is the one.
    }
  }

  #answer(): void {
    while (this.#callers.length > 0) {
      const entry = this.#failure ? undefined : this.#results.shift();
      const over = this.#failure ?? (this.#exhausted && this.#unsettled === 0 && !this.#asking);
      if (!entry && !over) return;
      const caller = this.#callers.shift();
      if (entry) {
        caller?.resolve({ done: false, value: entry });
      } else if (this.#failure) {
        caller?.reject(this.#failure.error);
        this.#failure = undefined;
        this.#results = [];
      } else {
        caller?.resolve({ done: true, value: undefined });
      }
    }
  }
}
