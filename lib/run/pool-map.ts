// How do the items of pool.map() come to the pool, and their results to whoever asks for them? Items in tasks of as many as a
// child does in a moment; results in the lots in which they came.
//
// How much is on its way is limited: in calls, and in bytes of items and of results that nobody has asked for.
import { retain } from '../child/retained.js';
import { inSameProcess } from '../child/when-child.js';
import { isThenable } from '../sys/thenable.js';
import { codedError } from '../sys/errors.js';
import { invalidType } from '../sys/validate.js';
import { requireResult } from './items.js';
import { copyParts, toMessage } from './message.js';
import { encodePlain } from './plain.js';
import type { Results, Task } from './pool-member.js';
import type { PoolMapping } from './pool-types.js';
import { encodeClone, uncloneable } from './result.js';
import { ValueWriter } from './values.js';

/** Who wants to know what came of a task. @internal */
export type Caller = Pick<Task, 'isCancelled' | 'resolve' | 'reject'>;

/** What a mapping needs of its pool. @internal */
export interface Mapper {
  /** How many tasks may always be on their way: so many that no child waits. */
  readonly tasks: number;
  /** How many bytes of items, and of results. */
  readonly room: number;
  /** How many items may be asked for before their results are. */
  ahead: () => number;
  /** How many calls are best submitted together. */
  atOnce: () => number;
  submit: (parts: Uint8Array[], calls: number, caller: Caller) => void;
  /** What was submitted already, and held back. */
  again: (tasks: Task[]) => void;
  /** Why the pool does no more. */
  reason: () => unknown;
  submitted: () => void;
  /** Who waits for a source, and is told why the pool is over. */
  readonly asking: Set<(error: unknown) => void>;
}

/** The arguments of one call. @throws `ERR_INVALID_ARG_VALUE`. @internal */
export function encodeArgs(args: unknown[]): Uint8Array[] {
  const plain = encodePlain(args);
  return plain ? [plain] : cloneArgs(args, () => copyParts(toMessage(args)));
}

function cloneArgs(args: unknown[], clone: () => Uint8Array[]): Uint8Array[] {
  const fail = (why: string, cause?: unknown): Error => uncloneable('args', args, why, cause);
  return encodeClone({ value: () => args, name: 'args', clone, fail });
}

function encodeItem(item: unknown): Uint8Array[] {
  return cloneArgs([item], () => copyParts(toMessage(item)));
}

type Entry = [index: number, result: unknown];
type Result = IteratorResult<Entry, undefined>;

interface Collector {
  into: unknown[];
  resolve: (results: unknown[]) => void;
  reject: (error: unknown) => void;
}

/** Results that came together: of the items from `start` on. */
interface Lot {
  start: number;
  values: Results;
  size: number;
}

// As they were before the program had a chance to patch them.
const { isArray } = Array;
const { getPrototypeOf } = Object;
const OfArray = getPrototypeOf([][Symbol.iterator]()) as Iterator<unknown>;
// eslint-disable-next-line @typescript-eslint/unbound-method -- compared
const { values: valuesOfArray } = Array.prototype;
// eslint-disable-next-line @typescript-eslint/unbound-method -- compared
const { next: nextOfArray } = OfArray;

// What an array's own iterator gives is known without asking it.
function isPlainArray(source: unknown): source is unknown[] {
  return isArray(source) && source[Symbol.iterator] === valuesOfArray && OfArray.next === nextOfArray;
}

/** The results of pool.map(), as they come. @internal */
export class Mapping implements PoolMapping<unknown> {
  readonly #array: unknown[] | undefined; // of which the items are, up to the index
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #isAsync: boolean;
  readonly #isOurs = inSameProcess();
  readonly #pool: Mapper;
  #index = 0; // of the next item
  #ahead = 0;
  // On their way: calls, tasks and bytes of them.
  #unsettled = 0;
  #tasks = 0;
  #sent = 0;
  // There: results, and bytes of them.
  #lots: Lot[] = [];
  #taken = 0; // of the first lot
  #unread = 0;
  #size = 0;
  #held: Task[] = []; // until somebody has asked for more of them
  #isBegun = false; // somebody has asked for results
  #asking = false;
  #exhausted = false;
  #stopped = false;
  #isClosed = false; // in a child
  #failure: { error: unknown } | undefined;
  #callers: { resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  #collector: Collector | undefined;

  constructor(items: unknown, pool: Mapper) {
    const source = items as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
    const iterateLater = source?.[Symbol.asyncIterator];
    const iterate = iterateLater ?? source?.[Symbol.iterator];
    if (typeof iterate !== 'function') throw invalidType('items', 'an iterable or an async iterable', items);
    if (!iterateLater && isPlainArray(source)) this.#array = source;
    this.#iterator = (iterate as () => Iterator<unknown>).call(source);
    this.#isAsync = typeof iterateLater === 'function';
    this.#pool = pool;
  }

  next(): Promise<Result> {
    this.#isBegun = true;
    if (!this.#isOurs()) this.#beClosed();
    if (this.#unread > 0 && !this.#failure && this.#callers.length === 0) {
      const value = this.#take();
      if (this.#hasRoom()) this.#fill();
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      this.#callers.push({ resolve, reject });
      this.#answer();
      this.#fill();
    });
  }

  results(): Promise<unknown[]> {
    if (!this.#isOurs()) this.#beClosed();
    return new Promise((resolve, reject) => {
      if (this.#isBegun)
        throw codedError(
          Error,
          'ERR_INVALID_STATE',
          'Results of this map() have been asked for already, or return() has ended it',
        );
      this.#isBegun = true;
      this.#collector = { into: new Array(this.#array?.length ?? 0), resolve, reject };
      this.#answer();
      this.#fill();
    });
  }

  async return(): Promise<Result> {
    if (this.#isOurs()) this.#stop();
    else this.#beClosed();
    this.#failure = undefined;
    this.#drop();
    this.#isBegun = true; // there are no more
    this.#collector?.reject(codedError(Error, 'ERR_INVALID_STATE', 'return() has ended this map()'));
    this.#collector = undefined;
    this.#answer();
    await Promise.resolve({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  // Items

  // Many at a time.
  #hasRoom(): boolean {
    return !this.#exhausted && this.#unsettled + this.#unread <= this.#ahead / 2 && this.#size <= this.#pool.room;
  }

  #mayAsk(): boolean {
    if (this.#exhausted || this.#asking || this.#unsettled + this.#unread >= this.#ahead) return false;
    return this.#size <= this.#pool.room && (this.#tasks < this.#pool.tasks || this.#sent < this.#pool.room);
  }

  #fill(): void {
    // Never less than it was: a child that takes long now may have got many calls at once while they were short.
    this.#ahead = Math.max(this.#ahead, this.#pool.ahead());
    if (!this.#hasRoom()) return;
    const before = this.#index;
    try {
      while (this.#mayAsk()) {
        const asked = this.#ask(Math.min(this.#pool.atOnce(), this.#ahead - this.#unsettled - this.#unread));
        if (!asked) break;
      }
    } catch (error) {
      this.#fail(error);
    }
    if (this.#index > before) this.#pool.submitted();
    this.#answer();
  }

  // For one task of so many items. Fewer come if there are no more, they are large, or the next is yet to come. False: none.
  #ask(count: number): boolean {
    if (count === 1) {
      const next = this.#nextItem();
      if (next) this.#submit(encodeArgs([next.value]), 1);
      return next !== undefined;
    }
    const items = new ValueWriter();
    try {
      if (this.#array) {
        this.#addFrom(this.#array, items, count);
      } else {
        while (items.count < count && !items.full) {
          const next = this.#nextItem();
          if (!next) break;
          items.add(next.value, encodeItem);
        }
      }
    } catch (error) {
      this.#submitMany(items);
      throw error;
    }
    return this.#submitMany(items);
  }

  // As #nextItem() would, one by one: 100,000 took 1.2 times as long on Node 20.
  #addFrom(array: unknown[], items: ValueWriter, count: number): void {
    for (let index = this.#index; items.count < count && !items.full; index++) {
      if (index >= array.length) {
        this.#exhausted = true;
        return;
      }
      items.add(array[index], encodeItem);
    }
  }

  #nextItem(): { value: unknown } | undefined {
    if (this.#array) {
      if (this.#index < this.#array.length) return { value: this.#array[this.#index] };
      this.#exhausted = true;
      return undefined;
    }
    const next = this.#iterator.next();
    if (this.#isAsync && isThenable(next)) {
      this.#await(next);
      return undefined;
    }
    const result = requireResult<unknown>(next);
    if (!result.done) return result;
    this.#exhausted = true;
    return undefined;
  }

  #await(next: Promise<IteratorResult<unknown>>): void {
    this.#setAsking(true);
    next.then(
      (result) => {
        if (!this.#isOurs()) return; // who waits for it does not go on in a child
        this.#setAsking(false);
        try {
          if (requireResult(result).done) this.#exhausted = true;
          else if (!this.#exhausted) this.#submit(encodeArgs([result.value]), 1);
          this.#pool.submitted();
        } catch (error) {
          this.#fail(error);
        }
        this.#fill();
        this.#answer();
      },
      (error: unknown) => {
        if (!this.#isOurs()) return;
        this.#setAsking(false);
        this.#exhausted = true; // an iterator that threw is over
        this.#fail(error);
      },
    );
  }

  #setAsking(on: boolean): void {
    this.#asking = on;
    if (on) this.#pool.asking.add(this.#fail);
    else this.#pool.asking.delete(this.#fail);
  }

  #submitMany(items: ValueWriter): boolean {
    const calls = items.count;
    if (calls > 0) this.#submit(items.takeParts(), calls);
    return calls > 0;
  }

  #submit(parts: Uint8Array[], calls: number): void {
    const start = this.#index;
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    let left = calls;
    this.#pool.submit(parts, calls, {
      isCancelled: (task) => this.#stopped || this.#holds(task),
      resolve: (call, values, bytes) => {
        if (this.#stopped) return;
        left -= values.length;
        if (left === 0) {
          this.#tasks--;
          this.#sent -= size;
        }
        this.#came({ start: start + call, values, size: bytes });
      },
      reject: (_call, error) => {
        if (!this.#stopped) this.#fail(error);
      },
    });
    this.#index += calls;
    this.#unsettled += calls;
    this.#tasks++;
    this.#sent += size;
  }

  // A child has given back the rest because much came of it: more is not wanted now.
  #holds(task: Task): boolean {
    if (this.#size <= this.#pool.room) return false;
    this.#held.push(task);
    return true;
  }

  // Results

  #came(lot: Lot): void {
    this.#unsettled -= lot.values.length;
    this.#unread += lot.values.length;
    this.#size += lot.size;
    this.#lots.push(lot);
    this.#answer();
    this.#fill();
  }

  #take(): Entry {
    const { start, values, size } = this.#lots[0] as Lot;
    const entry: Entry = [start + this.#taken, values[this.#taken]];
    (values as unknown[])[this.#taken++] = undefined; // it is the caller's alone
    this.#unread--;
    if (this.#taken === values.length) {
      this.#lots.shift();
      this.#taken = 0;
      this.#size -= size;
      if (this.#held.length > 0 && this.#size <= this.#pool.room) this.#giveAgain();
    }
    return entry;
  }

  #giveAgain(): void {
    this.#pool.again(this.#held.splice(0));
    this.#pool.submitted();
  }

  #answer(): void {
    if (this.#collector) this.#collect(this.#collector);
    while (this.#callers.length > 0) {
      const entry = this.#failure || this.#unread === 0 ? undefined : this.#take();
      const over = this.#failure ?? (this.#exhausted && this.#unsettled === 0 && !this.#asking);
      if (!entry && !over) return;
      const caller = this.#callers.shift();
      if (entry) {
        caller?.resolve({ done: false, value: entry });
      } else if (this.#failure) {
        caller?.reject(this.#failure.error);
        this.#failure = undefined;
        this.#drop();
      } else {
        caller?.resolve({ done: true, value: undefined });
      }
    }
  }

  #collect({ into, resolve, reject }: Collector): void {
    for (const { start, values } of this.#lots) {
      while (into.length < start) into.push(undefined);
      for (let i = 0; i < values.length; i++) into[start + i] = values[i];
    }
    this.#drop();
    if (this.#held.length > 0) this.#giveAgain();
    if (this.#failure) reject(this.#failure.error);
    else if (this.#exhausted && this.#unsettled === 0 && !this.#asking) {
      into.length = this.#index; // the array may have had more items at first
      resolve(into);
    } else return;
    this.#collector = undefined;
  }

  #drop(): void {
    this.#lots = [];
    this.#taken = 0;
    this.#unread = 0;
    this.#size = 0;
  }

  // The end

  readonly #fail = (error: unknown): void => {
    this.#failure ??= { error };
    this.#stop();
    this.#answer();
  };

  // In a child of the process that it belongs to, as its pool is. Its source is left alone there, and so is who waited for it.
  #beClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    retain(this.#callers, this.#held, this.#collector);
    this.#callers = [];
    this.#collector = undefined;
    this.#held = [];
    if (this.#exhausted && this.#unsettled === 0 && !this.#asking) return; // all is there
    this.#failure ??= { error: this.#pool.reason() };
    this.#stopped = true;
    this.#exhausted = true;
    this.#asking = false;
    this.#unsettled = 0;
    this.#drop();
  }

  // Whoever has asked has an answer then, whether or not the source gives one.
  #stop(): void {
    this.#setAsking(false);
    this.#stopped = true;
    this.#unsettled = 0;
    this.#held = [];
    if (this.#exhausted) return;
    this.#exhausted = true;
    try {
      Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
    } catch {
      // The first error is the one.
    }
  }
}
