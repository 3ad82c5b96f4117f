// How does one have many tasks done by few children, that see the heap as it was when they were forked?
//
// After every change (a task is there or done, a child is ready, full or gone) one function compares the children that are wanted
// with those that there are, and the tasks with those that are free: #reconcile(). Nothing else forks, sends or retires.
import { availableParallelism } from 'node:os';
import { types } from 'node:util';
import { checkForkOptions, type CheckedForkOptions } from '../fork/fork.js';
import { framesAbove } from '../sys/stack.js';
import { requireStack } from '../fork/stack-left.js';
import type { ThreadPolicy } from '../fork/thread-policy.js';
import { whenChild } from '../child/when-child.js';
import { type ChildStatus } from '../reap/status.js';
import { abortError, codedError } from '../sys/errors.js';
import { addEventListener, removeEventListener } from '../sys/listen.js';
import { invalidType, MAX_INT, validateAbortSignal, validateInteger, validateOptions } from '../sys/validate.js';
import { forkRunFrom } from './fork-run.js';
import { ChildExitError, type ForkedChildWithPort } from './forked-child.js';
import { toMessage } from './message.js';
import { servePool } from './pool-child.js';
import { Member, type Task } from './pool-member.js';
import { Places, SIZE } from './pool-places.js';
import { native } from '../sys/native.js';
import { forkForPool, type ForkServer, isForkServer } from './fork-server.js';
import type { ForkPort } from './port.js';
import { encodeClone, uncloneable } from './result.js';

/** Options of {@link forkPool}. */
export interface ForkPoolOptions {
  /** How many children there are, at most 1024. Default: the number of processors (`os.availableParallelism()`). */
  size?: number;
  /** After as many tasks a child exits, and another is forked. Default `Infinity`. */
  tasksPerChild?: number;
  /** The same when it has more memory of its own (not shared with the parent) than this, in bytes. Default `Infinity`. */
  memoryPerChild?: number;
  /** How often a task at which a child has ended is tried again. Default 0. */
  retries?: number;
  /** After so many milliseconds at one task a child is killed; the task rejects with `ERR_POOL_TIMEOUT`. Default `Infinity`. */
  timeout?: number;
  /** How long a child may take to exit when it is told to, in milliseconds; then it is killed. Default 1000. */
  grace?: number;
  /** Runs in each child before its first task. If it throws, the pool fails with that error. */
  start?: () => unknown;
  /** What to do when threads live that `fork()` does not cover, as {@link ForkOptions} have it; also where a child is replaced. */
  threads?: ThreadPolicy;
  /** Kills all children. What has not been done rejects with an `AbortError`. */
  signal?: AbortSignal;
}

/** Options of {@link forkPool} with children of a fork server. */
export interface ServedPoolOptions<A extends unknown[], R> extends Omit<ForkPoolOptions, 'start' | 'threads'> {
  /** Whose children they are. */
  server: ForkServer<A, R>;
}

/** Lasting children that all run one function. */
export interface ForkPool<A extends unknown[], R> extends AsyncDisposable {
  /** Those that live: their pids, and how many tasks each has done. */
  readonly children: { readonly pid: number; readonly tasks: number }[];
  /**
   * Has `work` called with these arguments by the next child that is free. They are cloned at once, the result comes back as
   * that of {@link forkRun} does.
   *
   * @returns what `work` returned. Rejects with what it threw; {@link ChildExitError} if the child ended at it; `ERR_POOL_TIMEOUT`;
   * `ERR_POOL_CLOSED`; an `AbortError`; `ERR_INVALID_ARG_VALUE` if the arguments cannot be cloned; whatever the pool failed with
   */
  run(...args: A): Promise<R>;
  /**
   * Has `work` called for each item, and gives the results as they come, with the index of the item. Items are asked for as
   * there is room for them. Throws the first error; the items that were not begun by then are dropped, as they are when the loop is left.
   */
  map(items: Iterable<A[0]> | AsyncIterable<A[0]>): AsyncIterableIterator<[index: number, result: R], undefined>;
  /**
   * Replaces all children by such as see the heap as it is now. The old ones finish what they have begun.
   *
   * @returns when the new ones are ready
   */
  refork(): Promise<void>;
  /**
   * Ends all children: those that are at a task may finish it within `grace` milliseconds. Tasks that wait reject with
   * `ERR_POOL_CLOSED`, as do those that were killed.
   *
   * @returns when all have ended
   */
  close(): Promise<void>;
}

const MAX_SIZE = 1024; // all are forked at once
const DEFAULT_GRACE = 1000; // ms
// As many calls are given ahead as a child makes in this time: a round trip costs it nothing then. 0.05 to 0.1 ms on two busy cores.
const AHEAD = 1; // ms
const MAX_AHEAD = 512;
// Of those one task is a quarter, at most.
const TASKS_AHEAD = 4;
const TOO_LONG = 3; // ms, for a task that others wait behind
const FORGET = 1024; // tasks that have been given, and are in the list still
// How young a child is that has ended "at once", and how many such ends without a single result are a storm.
const YOUNG = 1000; // ms
const STORM = 10;
const FORK_AGAIN = 100; // ms, where there was no room for a child

const pools = new Set<Pool>();
whenChild(() => {
  for (const pool of pools) pool.forget();
  pools.clear();
});

/**
 * A pool of children of a {@link forkServer}, which may be beside any threads, and in a Worker: they call the function of its setup
 * module. {@link ForkPool.refork} gives them what `server.import()` has loaded since. The server is not closed with the pool.
 *
 * @returns at once
 * @throws as the other form; what the tasks reject with if there is no child at all is what `server.fork()` rejects with
 * @see fork(2); docs/fork-server.md
 * @example
 * ```ts
 * const setup = new URL('setup.mjs', import.meta.url);
 * fs.writeFileSync(setup, 'export default (n) => n * 2;');
 * await using server = await posix.forkServer<[number], number>(setup);
 * await using pool = posix.forkPool({ server, size: 2 });
 * console.log(await pool.run(21)); // prints: 42
 * ```
 */
export function forkPool<A extends unknown[], R>(options: ServedPoolOptions<A, R>): ForkPool<A, R>;
/**
 * Forks `size` children, on the next turn of the loop, each of which calls `work` for one task after the other. They see the heap
 * as it was then; only arguments and results travel. One that ends is replaced; its task rejects or is tried again, the
 * others' are not concerned. A pool keeps the process alive until it is closed.
 *
 * @returns at once
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `ERR_FORK_IN_WORKER`. What {@link forkRun} rejects
 * with is what the tasks reject with, if there is no child at all. `ERR_POOL_CHILDREN`, if children keep ending at once
 * @see fork(2)
 * @example
 * ```ts
 * const hugeIndex = new Map([['fork', 3], ['wait', 4]]);
 * await using pool = posix.forkPool((query: string) => hugeIndex.get(query), { size: 2 });
 * console.log(await pool.run('wait')); // prints: 4
 * for await (const [index, count] of pool.map(['fork'])) console.log(index, count); // prints: 0 3
 * ```
 */
export function forkPool<A extends unknown[], R>(
  work: (...args: A) => R | PromiseLike<R>,
  options?: ForkPoolOptions,
): ForkPool<A, R>;
export function forkPool(
  workOrOptions: ((...args: never[]) => unknown) | ServedPoolOptions<never[], unknown>,
  options: ForkPoolOptions = {},
): ForkPool<never[], unknown> {
  requireStack('forkPool()');
  const work = workOrOptions;
  if (typeof work === 'object' && isForkServer((work as Partial<typeof work> | null)?.server)) {
    const { server, ...others } = validateOptions(work, 'options', [...NAMES, 'server']);
    return new Pool(served(server), validate(others));
  }
  if (typeof work !== 'function') throw invalidType('work', 'of type function', work);
  const { start, threads, ...others } = validateOptions(options, 'options', [...NAMES, 'start', 'threads']);
  const checked = validate(others);
  if (start !== undefined && typeof start !== 'function') throw invalidType('options.start', 'of type function', start);
  const forkOptions = checkForkOptions(threads === undefined ? {} : { threads }, 'forkPool');
  const source = forked(work, start, forkOptions, framesAbove(forkPool));
  return new Pool(source, checked);
}

// Where the children come from, and what each shares with the pool.
type Source = (memoryPerChild: number) => Promise<{ child: ForkedChildWithPort<void>; places: Places }>;

function forked(
  work: (...args: never[]) => unknown,
  start: (() => unknown) | undefined,
  options: CheckedForkOptions,
  frames: () => string,
): Source {
  return async (memory) => {
    const places = new Places();
    const main = (port: ForkPort): Promise<void> => servePool(port, work, start, memory, places);
    const child = await forkRunFrom(frames, main, options, { port: true });
    return { child: child as ForkedChildWithPort<void>, places };
  };
}

function served(server: ForkServer<never[]>): Source {
  return async (memory) => {
    const fd = native.sharedFile(SIZE);
    try {
      const places = new Places(native.mapFile(fd, SIZE));
      return { child: await forkForPool(server, memory, fd), places };
    } finally {
      native.close(fd);
    }
  };
}

const NAMES = [
  ...(['size', 'tasksPerChild', 'memoryPerChild', 'retries'] as const),
  ...(['timeout', 'grace', 'signal'] as const),
];

type Checked = Required<Omit<ForkPoolOptions, 'start' | 'threads' | 'signal'>> & Pick<ForkPoolOptions, 'signal'>;

function validate({ signal, ...numbers }: Omit<ForkPoolOptions, 'start' | 'threads'>): Checked {
  const { size = availableParallelism(), grace = DEFAULT_GRACE } = numbers;
  const { tasksPerChild = Infinity, memoryPerChild = Infinity, retries = 0, timeout = Infinity } = numbers;
  validateInteger(size, 'options.size', 1, MAX_SIZE);
  validateLimit(tasksPerChild, 'options.tasksPerChild', 1);
  validateLimit(memoryPerChild, 'options.memoryPerChild', 1, Number.MAX_SAFE_INTEGER);
  validateLimit(retries, 'options.retries', 0);
  validateLimit(timeout, 'options.timeout', 1);
  validateInteger(grace, 'options.grace', 0, MAX_INT);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  return { ...{ size, grace, tasksPerChild, memoryPerChild, retries, timeout }, ...(signal && { signal }) };
}

function validateLimit(value: unknown, name: string, min: number, max = MAX_INT): void {
  if (value !== Infinity) validateInteger(value, name, min, max);
}

class Pool implements ForkPool<unknown[], unknown> {
  readonly #source: Source;
  readonly #options: Checked;
  readonly #members = new Set<Member>();
  #forking = 0;
  #noRoom: NodeJS.Timeout | undefined; // for another child, a moment ago
  #look: NodeJS.Timeout | undefined; // whether a task takes too long
  #generation = 0;
  #again: Task[] = []; // were with a child that ended; first of all
  #waiting: Task[] = [];
  #next = 0; // of #waiting
  #youngDeaths = 0; // since the latest result
  #pace = Infinity; // of a task, in ms
  #failure: unknown;
  #over: 'closed' | 'failed' | undefined;
  #whenEnded: (() => void)[] = [];
  #whenReady: { generation: number; resolve: () => void; reject: (error: unknown) => void }[] = [];
  readonly #abort = (): void => {
    this.#fail(abortError(this.#options.signal as AbortSignal));
  };

  constructor(source: Source, options: Checked) {
    this.#source = source;
    this.#options = options;
    pools.add(this);
    const { signal } = options;
    if (signal?.aborted) this.#abort();
    else if (signal) addEventListener.call(signal, 'abort', this.#abort, { once: true });
    this.#reconcile();
  }

  get children(): { pid: number; tasks: number }[] {
    return [...this.#members].map(({ pid, done }) => ({ pid, tasks: done }));
  }

  run(...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#submit([args], oneCall(resolve, reject));
      this.#reconcile();
    });
  }

  map(items: Iterable<unknown> | AsyncIterable<unknown>): AsyncIterableIterator<[number, unknown], undefined> {
    return new Mapping(items, {
      ahead: () => this.#options.size * 2 * this.#ahead(),
      atOnce: () => this.#atOnce(),
      submit: (calls, caller) => {
        this.#submit(calls, caller);
      },
      submitted: () => {
        this.#reconcile();
      },
    });
  }

  refork(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#over) throw this.#reason();
      const generation = ++this.#generation;
      this.#whenReady.push({ generation, resolve, reject });
      this.#reconcile();
    });
  }

  close(): Promise<void> {
    if (!this.#over) this.#end('closed');
    return new Promise((resolve) => {
      this.#whenEnded.push(resolve);
      this.#reconcile();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Child of a fork: the children are the parent's. */
  forget(): void {
    this.#over ??= 'closed';
    this.#members.clear();
    this.#again = [];
    this.#waiting = [];
    this.#next = 0;
    this.#whenEnded = [];
    this.#whenReady = [];
    this.#forking = 0;
  }

  #submit(calls: unknown[][], caller: Caller): void {
    if (this.#over) throw this.#reason();
    const value = (): unknown => (calls.length === 1 ? calls[0] : calls);
    const parts = encodeClone({
      value,
      name: 'args',
      clone: () => toMessage(calls),
      fail: (why, cause) => uncloneable('args', value(), why, cause),
    });
    this.#waiting.push({ parts, from: 0, to: calls.length, deaths: 0, ...caller });
  }

  #ahead(): number {
    return Math.min(MAX_AHEAD, Math.max(1, Math.ceil(AHEAD / this.#pace)));
  }

  // How many calls are one task. Each has a time of its own, or is the last of its child.
  #atOnce(): number {
    const { timeout, tasksPerChild } = this.#options;
    return timeout === Infinity && tasksPerChild === Infinity
      ? Math.max(1, Math.floor(this.#ahead() / TASKS_AHEAD))
      : 1;
  }

  #reason(): unknown {
    return this.#failure ?? codedError(Error, 'ERR_POOL_CLOSED', 'The pool is closed');
  }

  #reconcile(): void {
    for (const member of this.#members) {
      if (this.#over === 'failed') member.kill();
      else if (member.ending || this.#isSpent(member)) member.end(this.#options.grace);
    }
    if (this.#over !== 'failed') this.#takeBack();
    const staying = [...this.#members].filter(({ ending }) => !ending);
    const wanted = this.#over || this.#noRoom ? 0 : this.#options.size - staying.length - this.#forking;
    for (let i = 0; i < wanted; i++) this.#fork();
    if (!this.#over) this.#assign(staying.filter(({ ready }) => ready));
    this.#lookAgain();
    this.#notify(staying);
  }

  #isSpent({ done, busy, full, generation, ending }: Member): boolean {
    return (
      ending ||
      this.#over !== undefined ||
      full ||
      done + busy >= this.#options.tasksPerChild ||
      generation < this.#generation
    );
  }

  #assign(members: Member[]): void {
    // Each gets one before any gets a second.
    for (let depth = 1; this.#giveEach(members, depth); depth++);
    // Those that have got their last.
    for (const member of members) if (this.#isSpent(member)) member.end(this.#options.grace);
  }

  // One task to each that has fewer than `depth`. False: there is none for a further round, or nobody to take it.
  #giveEach(members: Member[], depth: number): boolean {
    const ahead = this.#ahead();
    let free = false;
    for (const member of members) {
      if (member.busy >= ahead || !member.hasRoom || isLate(member) || this.#isSpent(member)) continue;
      free = true;
      if (member.tasks >= depth) continue;
      const task = this.#nextTask();
      if (!task) return false;
      member.give(task);
    }
    return free;
  }

  // What was sent ahead to a child whose task takes longer than others did is for the others to do.
  #takeBack(): void {
    clearTimeout(this.#look);
    this.#look = undefined;
    for (const member of this.#members) {
      if (member.busy > 1 && isLate(member)) this.#again.unshift(...member.takeBack());
    }
  }

  #lookAgain(): void {
    const ahead = [...this.#members].some((member) => member.busy > 1);
    if (!ahead || this.#look) return;
    this.#look = setTimeout(() => {
      this.#reconcile();
    }, TOO_LONG + 1);
  }

  #nextTask(): Task | undefined {
    for (;;) {
      const task = this.#again.shift() ?? this.#waiting[this.#next++];
      if (!task) {
        this.#waiting = [];
        this.#next = 0;
        return undefined;
      }
      this.#forgetGiven();
      if (!task.isCancelled()) return task;
    }
  }

  // Where there is always one waiting, the list would only grow.
  #forgetGiven(): void {
    if (this.#next < FORGET || this.#next * 2 < this.#waiting.length) return;
    this.#waiting.splice(0, this.#next);
    this.#next = 0;
  }

  #notify(staying: Member[]): void {
    if (this.#members.size === 0 && this.#forking === 0 && this.#over) {
      pools.delete(this);
      for (const resolve of this.#whenEnded.splice(0)) resolve();
    }
    if (this.#whenReady.length === 0) return;
    const ready = staying.filter((member) => member.ready);
    this.#whenReady = this.#whenReady.filter(({ generation, resolve }) => {
      const all = ready.filter((member) => member.generation >= generation).length >= this.#options.size;
      if (all) resolve();
      return !all;
    });
  }

  #fork(): void {
    this.#forking++;
    const { memoryPerChild, timeout } = this.#options;
    const generation = this.#generation;
    this.#source(memoryPerChild).then(
      ({ child, places }) => {
        this.#forking--;
        const member = new Member(child, places, generation, timeout, {
          onChange: (left) => {
            this.#again.unshift(...left);
            this.#onChange(member);
          },
          onBroken: (error) => {
            this.#fail(error);
          },
          onEnd: (ended, status, at, others) => {
            this.#onEnd(ended, status, at, others);
          },
        });
        this.#members.add(member);
        this.#reconcile();
      },
      (error: unknown) => {
        this.#forking--;
        this.#cannotFork(error);
      },
    );
  }

  // With those that there are it goes on.
  #cannotFork(error: unknown): void {
    if (this.#members.size === 0 && this.#forking === 0) {
      this.#fail(error);
      return;
    }
    this.#noRoom ??= setTimeout(() => {
      this.#noRoom = undefined;
      this.#reconcile();
    }, FORK_AGAIN);
    this.#reconcile();
  }

  #onChange(member: Member): void {
    if (member.done > 0) {
      this.#youngDeaths = 0;
      this.#pace = member.pace;
    }
    this.#reconcile();
  }

  // An error: nobody knows how it has ended.
  #onEnd(member: Member, status: ChildStatus | Error, at: Task | undefined, others: Task[]): void {
    this.#members.delete(member);
    const error = status instanceof Error ? status : new ChildExitError(status);
    if (this.#over) {
      for (const task of at ? [at, ...others] : others) rejectAll(task, this.#reason());
    } else {
      const again = at && this.#mayTryAgain(at, member, error) ? [at, ...others] : others;
      this.#again.unshift(...again);
      this.#countDeath(member, at !== undefined, error);
    }
    this.#reconcile();
  }

  // Or rejects it.
  #mayTryAgain(task: Task, member: Member, error: Error): boolean {
    if (member.timedOut) {
      const message = `The task took longer than ${this.#options.timeout} ms`;
      rejectAll(task, codedError(Error, 'ERR_POOL_TIMEOUT', message));
      return false;
    }
    if (++task.deaths <= this.#options.retries) return true;
    rejectAll(task, error);
    return false;
  }

  #countDeath(member: Member, atTask: boolean, cause: Error): void {
    const expected = member.timedOut || (!atTask && member.ready);
    if (expected || performance.now() - member.born > YOUNG) return;
    const limit = Math.max(STORM, 2 * this.#options.size);
    if (++this.#youngDeaths < limit) return;
    const message = `${limit} children in a row ended before any of them had done a task: the last ${cause.message.replace(/^Child/, 'one,')}`;
    this.#fail(Object.assign(codedError(Error, 'ERR_POOL_CHILDREN', message), { cause }));
  }

  #fail(error: unknown): void {
    if (this.#over === 'failed') return;
    this.#failure ??= error;
    this.#end('failed');
    this.#reconcile();
  }

  #end(how: 'closed' | 'failed'): void {
    this.#over = how;
    const { signal, grace } = this.#options;
    if (signal) removeEventListener.call(signal, 'abort', this.#abort);
    clearTimeout(this.#noRoom);
    for (const member of this.#members) member.killAfter(grace);
    for (let task = this.#nextTask(); task; task = this.#nextTask()) rejectAll(task, this.#reason());
    for (const { reject } of this.#whenReady.splice(0)) reject(this.#reason());
  }
}

// What it is given now would be taken back at once.
function isLate({ busy, age }: Member): boolean {
  return busy > 0 && age > TOO_LONG;
}

function rejectAll(task: Task, error: unknown): void {
  for (let call = task.from; call < task.to; call++) task.reject(call, error);
}

type Caller = Pick<Task, 'isCancelled' | 'resolve' | 'reject'>;

function oneCall(resolve: (value: unknown) => void, reject: (error: unknown) => void): Caller {
  return {
    isCancelled: () => false,
    resolve: (_call, value) => {
      resolve(value);
    },
    reject: (_call, error) => {
      reject(error);
    },
  };
}

interface Submitting {
  /** How many items may be asked for before their results are. */
  ahead: () => number;
  /** How many calls are best submitted together. */
  atOnce: () => number;
  submit: (calls: unknown[][], caller: Caller) => void;
  submitted: () => void;
}

type Entry = [index: number, result: unknown];

// The results of pool.map(), as they come.
class Mapping implements AsyncIterableIterator<Entry, undefined> {
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
