// Which child does which task, and when is one forked or ended?
//
// After every change (a task is there or done, a child is ready, full or gone) one function compares the children that are wanted
// with those that there are, and the tasks with those that are free: #reconcile(). Nothing else forks, sends or retires.
import { retain } from '../child/retained.js';
import { whenChild } from '../child/when-child.js';
import type { ChildStatus } from '../reap/status.js';
import { clearTimeout, now, setTimeout } from '../sys/clock.js';
import { abortError, codedError } from '../sys/errors.js';
import { addEventListener, ONCE, removeEventListener } from '../sys/listen.js';
import { ChildExitError, type ForkedChildWithPort } from './forked-child.js';
import { type Caller, encodeArgs, Mapping } from './pool-map.js';
import { Member, type Task } from './pool-member.js';
import { MAX_CALLS, type Places } from './pool-places.js';
import type { ForkPool, ForkPoolOptions, PoolMapping } from './pool-types.js';

// As many calls are given ahead as a child makes in this time: a round trip costs it nothing then. 0.05 to 0.1 ms on two busy cores.
const AHEAD = 1; // ms
const MAX_AHEAD = 8192;
// Of those one task is a quarter, at most.
const TASKS_AHEAD = 4;
// What map() has on its way, and of results that nobody has asked for, for each child.
const ROOM = 1_048_576; // bytes
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

/** Where the children come from, and what each shares with the pool. @internal */
export type Source = (
  memoryPerChild: number,
  whileOpen: AbortSignal,
) => Promise<{ child: ForkedChildWithPort<void>; places: Places }>;

/** @internal */
export type Checked = Required<Omit<ForkPoolOptions, 'start' | 'threads' | 'signal'>> & {
  signal: AbortSignal | undefined;
};

/** @internal */
export class Pool implements ForkPool<unknown[], unknown> {
  readonly #source: Source;
  readonly #options: Checked;
  readonly #members = new Set<Member>();
  #forking = 0;
  #noRoom: NodeJS.Timeout | undefined; // for another child, a moment ago
  #look: NodeJS.Timeout | undefined; // whether a task takes too long
  readonly #whileOpen = new AbortController(); // a child that is asked for is of no use afterwards
  #generation = 0;
  #again: Task[] = []; // were with a child that ended; first of all
  #waiting: Task[] = [];
  #next = 0; // of #waiting
  readonly #asking = new Set<(error: unknown) => void>(); // mappings that wait for their source
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
    else if (signal) addEventListener.call(signal, 'abort', this.#abort, ONCE);
    this.#reconcile();
  }

  get children(): { pid: number; tasks: number }[] {
    return [...this.#members].map(({ pid, done }) => ({ pid, tasks: done }));
  }

  run(...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const queued = this.#next < this.#waiting.length;
      if (this.#over) throw this.#reason();
      this.#submit(encodeArgs(args), 1, oneCall(resolve, reject));
      // Behind other tasks it changes nothing: a child that is free has got one of those already.
      if (!queued) this.#reconcile();
    });
  }

  map(items: Iterable<unknown> | AsyncIterable<unknown>): PoolMapping<unknown> {
    const { size } = this.#options;
    return new Mapping(items, {
      tasks: size * 2,
      room: size * ROOM,
      ahead: () => size * Math.max(2, this.#ahead()),
      atOnce: () => this.#atOnce(),
      submit: (parts, calls, caller) => {
        this.#submit(parts, calls, caller);
      },
      again: (tasks) => {
        this.#giveAgain(tasks);
      },
      submitted: () => {
        this.#reconcile();
      },
      reason: () => this.#reason(),
      asking: this.#asking,
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
    retain(this.#again, this.#waiting, [...this.#members], this.#whenEnded, this.#whenReady, [...this.#asking]);
    this.#members.clear();
    this.#again = [];
    this.#waiting = [];
    this.#next = 0;
    this.#whenEnded = [];
    this.#whenReady = [];
    this.#asking.clear();
    this.#forking = 0;
  }

  #submit(parts: Uint8Array[], calls: number, caller: Caller): void {
    if (this.#over) throw this.#reason();
    this.#waiting.push({ parts, from: 0, to: calls, deaths: 0, ...caller });
  }

  #ahead(): number {
    return Math.min(MAX_AHEAD, Math.max(1, Math.ceil(AHEAD / this.#pace)));
  }

  // How many calls are one task. Each has a time of its own, or is the last of its child.
  #atOnce(): number {
    const { timeout, tasksPerChild } = this.#options;
    return timeout === Infinity && tasksPerChild === Infinity
      ? Math.min(MAX_CALLS, Math.max(1, Math.floor(this.#ahead() / TASKS_AHEAD)))
      : 1;
  }

  #reason(): unknown {
    return this.#failure ?? codedError(Error, 'ERR_POOL_CLOSED', 'The pool is closed');
  }

  #reconcile(): void {
    for (const member of this.#members) {
      if (this.#over === 'failed') member.kill();
      else if (this.#isSpent(member)) member.end(this.#options.grace);
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
      if (member.busy > 1 && isLate(member)) this.#giveAgain(member.takeBack());
    }
  }

  // Before the others; but nobody does them any more where the pool is over.
  #giveAgain(tasks: Task[]): void {
    if (!this.#over) this.#again.unshift(...tasks);
    else for (const task of tasks) rejectAll(task, this.#reason());
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
      if (!task.isCancelled(task)) return task;
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
    this.#source(memoryPerChild, this.#whileOpen.signal).then(
      ({ child, places }) => {
        this.#forking--;
        const member = new Member(child, places, generation, timeout, {
          onChange: (left) => {
            this.#giveAgain(left);
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
        if (this.#over) this.#reconcile();
        else this.#cannotFork(error);
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
      this.#giveAgain(at ? [at, ...others] : others);
    } else {
      const again = at && this.#mayTryAgain(at, member, error) ? [at, ...others] : others;
      this.#giveAgain(again);
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
    if (member.timedOut || (!atTask && member.dismissed) || now() - member.born > YOUNG) return;
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
    this.#whileOpen.abort();
    for (const member of this.#members) member.killAfter(grace);
    for (let task = this.#nextTask(); task; task = this.#nextTask()) rejectAll(task, this.#reason());
    for (const { reject } of this.#whenReady.splice(0)) reject(this.#reason());
    // Nothing else would tell them: it may be that their source never gives anything more.
    for (const fail of [...this.#asking]) fail(this.#reason());
  }
}

// What it is given now would be taken back at once.
function isLate({ busy, age }: Member): boolean {
  return busy > 0 && age > TOO_LONG;
}

function rejectAll(task: Task, error: unknown): void {
  for (let call = task.from; call < task.to; call++) task.reject(call, error);
}

function oneCall(resolve: (value: unknown) => void, reject: (error: unknown) => void): Caller {
  return {
    isCancelled: () => false,
    resolve: (_call, [value]) => {
      resolve(value);
    },
    reject: (_call, error) => {
      reject(error);
    },
  };
}
