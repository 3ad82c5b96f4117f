// What does a pool know of one of its children? Which tasks it has, in the order in which it does them, and whether it is to go.
//
// A child does one task after the other and sends each result before it begins the next: so the first task without a result is the
// one at which it ended. Tasks are sent ahead, and before it begins one the child claims it, in memory that it shares with its
// parent: so what it has not begun can be taken back, and nothing is done twice.
import type { EventEmitter } from 'node:events';
import type { ForkedChildWithPort } from './fork-run.js';
import type { PoolMessage } from './pool-child.js';
import { CLAIMABLE, READY, SLOTS, TAKEN_BACK } from './pool-child.js';
import { ForkPort } from './port.js';
import { resultOf } from './result.js';
import type { ChildStatus } from '../reap/status.js';

/** A call of `work`. @internal */
export interface Task {
  /** The clone of its arguments. */
  parts: Uint8Array[];
  /** How many children have ended at it. */
  deaths: number;
  cancelled: boolean;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** Whom a member tells. @internal */
export interface MemberObserver {
  /** It is ready for tasks, or for more of them. */
  onChange: () => void;
  /** `start` has thrown. */
  onBroken: (error: unknown) => void;
  /** It has ended, at a task or between two, and had these others. */
  onEnd: (member: Member, status: ChildStatus, at: Task | undefined, others: Task[]) => void;
}

/** @internal */
export class Member {
  readonly generation: number;
  readonly pid: number;
  readonly born = performance.now();
  /** `start` has run. */
  ready = false;
  /** No more tasks for it. */
  ending = false;
  /** It has as much memory of its own as it may. */
  full = false;
  /** The pool has killed it because of the first of its tasks. */
  timedOut = false;
  /** How many tasks it has done. */
  done = 0;
  /** How long a task takes, about, in ms. */
  pace = Infinity;
  readonly #child: ForkedChildWithPort<void>;
  readonly #observer: MemberObserver;
  readonly #timeout: number;
  readonly #slots: Int32Array;
  #tasks: { task: Task; index: number }[] = [];
  #sent = 0; // messages, and how many of them it has read for certain
  #read = 0;
  #begun = 0; // when the first of them was
  #taskTimer: NodeJS.Timeout | undefined; // of the first of them
  #endTimer: NodeJS.Timeout | undefined;

  constructor(
    child: ForkedChildWithPort<void>,
    slots: Int32Array,
    generation: number,
    timeout: number,
    observer: MemberObserver,
  ) {
    this.#child = child;
    this.#slots = slots;
    this.pid = child.pid;
    this.generation = generation;
    this.#timeout = timeout;
    this.#observer = observer;
    const port: EventEmitter = child.port as never;
    port.on('message', (message: PoolMessage) => {
      this.#onMessage(message);
    });
    // Closed by `work`, or by a child that cannot go on: there is no use for it.
    port.once('close', () => {
      if (!this.ending) child.kill('SIGKILL');
    });
    void child.status.then((status) => {
      clearTimeout(this.#taskTimer);
      clearTimeout(this.#endTimer);
      this.ending = true;
      const begun = this.#hasBegun();
      const tasks = this.#tasks.splice(0).map(({ task }) => task);
      observer.onEnd(this, status, begun ? tasks.shift() : undefined, tasks);
    });
  }

  get busy(): number {
    return this.#tasks.length;
  }

  /** Whether it can be sent another one. */
  get hasRoom(): boolean {
    return this.#sent - this.#read < SLOTS;
  }

  /** For how long it has been at the first of its tasks, in ms. */
  get age(): number {
    return performance.now() - this.#begun;
  }

  give(task: Task): void {
    const index = this.#sent++;
    Atomics.store(this.#slots, index % SLOTS, CLAIMABLE);
    if (this.#tasks.push({ task, index }) === 1) this.#begin();
    ForkPort.postParts(this.#child.port, task.parts);
  }

  /** Those that it has not begun, but for the first, in order. */
  takeBack(): Task[] {
    const back: Task[] = [];
    while (this.#tasks.length > 1) {
      const { task, index } = this.#tasks.at(-1) as { task: Task; index: number };
      if (Atomics.compareExchange(this.#slots, index % SLOTS, CLAIMABLE, TAKEN_BACK) !== CLAIMABLE) break;
      this.#tasks.pop();
      back.unshift(task);
    }
    return back;
  }

  #hasBegun(): boolean {
    const [first] = this.#tasks;
    return first !== undefined && Atomics.load(this.#slots, first.index % SLOTS) !== CLAIMABLE;
  }

  /** Ends when its tasks are done: reads the end of its port. Killed if it has not ended `grace` ms later. */
  end(grace: number): void {
    this.ending = true;
    if (this.busy > 0 && !this.#child.port.closed) return;
    this.#child.port.close();
    this.killAfter(grace);
  }

  killAfter(grace: number): void {
    this.#endTimer ??= setTimeout(() => {
      this.kill();
    }, grace);
  }

  kill(): void {
    this.ending = true;
    this.#child.kill('SIGKILL');
  }

  #begin(): void {
    this.#begun = performance.now();
    if (this.#timeout === Infinity) return;
    this.#taskTimer = setTimeout(() => {
      this.timedOut = true;
      this.kill();
    }, this.#timeout);
  }

  #onMessage(message: PoolMessage): void {
    this.full ||= message.full;
    if (message.id === READY) this.#onReady(message);
    else this.#onResult(message);
  }

  #onReady(message: PoolMessage): void {
    try {
      resultOf(message);
    } catch (error) {
      this.#observer.onBroken(error);
      return;
    }
    this.ready = true;
    this.#observer.onChange();
  }

  #onResult(message: PoolMessage): void {
    const first = this.#tasks.shift();
    if (!first) return;
    const { task, index } = first;
    this.#read = index + 1;
    this.done++;
    const took = performance.now() - this.#begun;
    this.pace = this.pace === Infinity ? took : this.pace * 0.8 + took * 0.2;
    clearTimeout(this.#taskTimer);
    if (this.#tasks.length > 0) this.#begin();
    try {
      task.resolve(resultOf(message));
    } catch (error) {
      task.reject(error);
    }
    this.#observer.onChange();
  }
}
