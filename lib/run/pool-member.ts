// What does a pool know of one of its children? Which tasks it has, in the order in which it does them, and whether it is to go.
//
// A child does one task after the other, and each result is out before it begins the next: so the first task without a result is
// the one at which it ended. Tasks are given ahead, and before it begins one the child claims it: so what it has not begun can be
// taken back, and nothing is done twice.
import type { EventEmitter } from 'node:events';
import type { ForkedChildWithPort } from './forked-child.js';
import { decodePlain } from './plain.js';
import { numbersIn, postTask, type TaskMessage, WAKE } from './pool-child.js';
import { type Places, PLACES } from './pool-places.js';
import { ForkPort } from './port.js';
import { decodeMessage, decodeResult, type Message, resultOf } from './result.js';
import { readValues, sizeOf } from './values.js';
import { decodeNumbers } from './numbers.js';
import type { ChildStatus } from '../reap/status.js';
import { clearTimeout, now, setTimeout } from '../sys/clock.js';
import { has } from '../sys/own.js';

// For so long, at least, nothing may come of a result that is on its way.
const QUIET = 1000; // ms

/** Of several calls, which are for who takes them to change. @internal */
export type Results = unknown[] | Float64Array;

/** Some calls of `work`, one after the other. @internal */
export interface Task {
  /** The clone of {@link Calls}. */
  readonly parts: Uint8Array[];
  /** Which of them are to be made. */
  readonly from: number;
  readonly to: number;
  /** How many children have ended at it. */
  deaths: number;
  /** The result is not wanted any more, or the caller has taken the task back, and gives it again. */
  readonly isCancelled: (task: Task) => boolean;
  /** These came of the calls from this one on. @param size - of them, in bytes */
  readonly resolve: (call: number, values: Results, size: number) => void;
  readonly reject: (call: number, error: unknown) => void;
}

/** Of the first calls of a task: what came of them, and of one more if there is an error. */
interface Outcome {
  values: Results;
  /** In bytes. */
  size: number;
  error?: { thrown: unknown };
}

interface Given {
  task: Task;
  index: number;
}

/** What a member reports. @internal */
export interface MemberObserver {
  /** It is ready for tasks, or for more of them. These are left of what it had. */
  onChange: (left: Task[]) => void;
  /** `start` has thrown. */
  onBroken: (error: unknown) => void;
  /** It has ended, at a call or between two, and had these others. */
  onEnd: (member: Member, status: ChildStatus | Error, at: Task | undefined, others: Task[]) => void;
}

/** @internal */
export class Member {
  readonly generation: number;
  readonly pid: number;
  readonly born = now();
  /** `start` has run. */
  ready = false;
  /** No more tasks for it. */
  ending = false;
  /** It was told to end. */
  dismissed = false;
  /** The pool has killed it because of the first of its tasks. */
  timedOut = false;
  /** How many tasks it has done. */
  done = 0;
  /** How long a task takes, about, in ms. */
  pace = Infinity;
  readonly #child: ForkedChildWithPort<void>;
  readonly #observer: MemberObserver;
  readonly #timeout: number;
  readonly #places: Places;
  #tasks: Given[] = [];
  #busy = 0; // calls
  #given = 0; // tasks, and how many of them it has passed for certain
  #passed = 0;
  #begun = 0; // when the first of them was
  #received = 0; // bytes, the last time that one looked
  #heard = 0; // when there were more of them than before
  #taskTimer: NodeJS.Timeout | undefined; // of the first of them
  #endTimer: NodeJS.Timeout | undefined;

  constructor(
    child: ForkedChildWithPort<void>,
    places: Places,
    generation: number,
    timeout: number,
    observer: MemberObserver,
  ) {
    this.#child = child;
    this.#places = places;
    this.pid = child.pid;
    this.generation = generation;
    this.#timeout = timeout;
    this.#observer = observer;
    const port: EventEmitter = child.port as never;
    port.on('message', (message: TaskMessage | typeof WAKE) => {
      this.#onMessage(message);
    });
    // Closed by `work`, or by a child that cannot go on: there is no use for it.
    port.once('close', () => {
      if (!this.ending) child.kill('SIGKILL');
    });
    const onEnd = (status: ChildStatus | Error): void => {
      clearTimeout(this.#taskTimer);
      clearTimeout(this.#endTimer);
      this.ending = true;
      const left = this.#takeResults();
      const { at, others } = this.#tasksAtEnd();
      observer.onEnd(this, status, at, [...left, ...others]);
    };
    child.status.then(onEnd, onEnd);
  }

  /** How many calls it has to make. */
  get busy(): number {
    return this.#busy;
  }

  get tasks(): number {
    return this.#tasks.length;
  }

  /** Whether it can be given another one. */
  get hasRoom(): boolean {
    return this.#given - this.#passed < PLACES;
  }

  /** It has as much memory of its own as it may. */
  get full(): boolean {
    return this.#places.full;
  }

  /** For how long it has been at the first of its tasks, in ms; or has sent nothing of its result, if that comes in a message. */
  get age(): number {
    const [first] = this.#tasks;
    // It is through with it, and this process is late.
    if (!first || this.#places.isDone(first.index)) return 0;
    if (!this.#places.isPassed(first.index)) return now() - this.#begun;
    const received = ForkPort.received(this.#child.port);
    if (received !== this.#received) {
      this.#received = received;
      this.#heard = now();
    }
    return now() - this.#heard;
  }

  give(task: Task): void {
    const index = this.#given++;
    const fits = this.#places.put(index, task.parts, task.from, task.to);
    this.#busy += task.to - task.from;
    if (this.#tasks.push({ task, index }) === 1) this.#begin();
    if (!fits) postTask(this.#child.port, task.parts);
    else if (this.#places.childSleeps()) ForkPort.wake(this.#child.port);
  }

  /** What it has not begun, but for the very first call, in order. */
  takeBack(): Task[] {
    const back: Task[] = [];
    for (let i = this.#tasks.length - 1; i >= 0; i--) {
      const { task, index } = this.#tasks[i] as Given;
      if (i === 0 && this.#places.begun(index) === task.from) break;
      const begun = this.#places.takeBack(index);
      if (begun === task.to) break;
      back.unshift({ ...task, from: begun });
      this.#busy -= task.to - begun;
      if (begun === task.from) this.#tasks.pop();
      else this.#tasks[i] = { index, task: { ...task, to: begun } };
    }
    return back;
  }

  // The call at which it has ended, if it was at one; and what it had besides.
  #tasksAtEnd(): { at: Task | undefined; others: Task[] } {
    const tasks = this.#tasks.splice(0);
    this.#busy = 0;
    const [first] = tasks;
    const begun = first ? this.#places.begun(first.index) : 0;
    if (!first || begun === first.task.from) return { at: undefined, others: tasks.map(({ task }) => task) };
    const { task } = first;
    // What it had done of it was not told yet.
    const parts = [
      { ...task, to: begun - 1 },
      { ...task, from: begun },
    ].filter(({ from, to }) => from < to);
    return {
      at: { ...task, from: begun - 1, to: begun },
      others: [...parts, ...tasks.slice(1).map(({ task }) => task)],
    };
  }

  /** Ends when its tasks are done: reads the end of its port. Killed if it has not ended `grace` ms later. */
  end(grace: number): void {
    this.ending = true;
    this.dismissed = true;
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
    this.dismissed = true;
    this.#child.kill('SIGKILL');
  }

  #begin(): void {
    this.#begun = now();
    if (this.#timeout === Infinity) return;
    const { index } = this.#tasks[0] as Given;
    this.#taskTimer = setTimeout(() => {
      // In time: it is this process that was late, or the result is large.
      if (this.#places.isPassed(index)) this.#awaitResult(-1);
      else this.#killInTask();
    }, this.#timeout);
  }

  // As long as some of it comes: a child can be stopped, or begin something else, before all is sent.
  #awaitResult(before: number): void {
    const received = ForkPort.received(this.#child.port);
    if (received === before) {
      this.#killInTask();
      return;
    }
    this.#taskTimer = setTimeout(
      () => {
        this.#awaitResult(received);
      },
      Math.max(this.#timeout, QUIET),
    );
  }

  #killInTask(): void {
    this.timedOut = true;
    this.kill();
  }

  #onMessage(message: TaskMessage | typeof WAKE): void {
    const left: Task[] = [];
    if (message === WAKE) {
      this.#places.parentIsAwake();
      left.push(...this.#takeResults());
    } else if (this.ready) {
      left.push(...this.#takeResults()); // those before it
      left.push(...this.#finish([outcomeOf(() => message)]));
      left.push(...this.#takeResults());
    } else if (!this.#isReady(message as Message)) {
      return;
    }
    this.#observer.onChange(left);
  }

  #isReady(message: Message): boolean {
    try {
      resultOf(message);
    } catch (error) {
      this.#observer.onBroken(error);
      return false;
    }
    this.ready = true;
    return true;
  }

  #takeResults(): Task[] {
    const outcomes: Outcome[] = [];
    for (const { index } of this.#tasks) {
      const bytes = this.#places.isDone(index) ? this.#places.read(index) : undefined;
      if (!bytes) break;
      const values = decodeNumbers(bytes) ?? decodePlain(bytes);
      outcomes.push(values ? { values, size: bytes.length } : outcomeOf(() => decodeMessage([bytes])));
    }
    return this.#finish(outcomes);
  }

  // The first tasks, as many as there are outcomes. What it has left of them: it stops where a call throws, or takes long.
  #finish(outcomes: Outcome[]): Task[] {
    if (outcomes.length === 0) return [];
    const left: Task[] = [];
    const finished = this.#tasks.splice(0, outcomes.length);
    finished.forEach(({ task, index }, i) => {
      const { values, error } = outcomes[i] as Outcome;
      const from = task.from + values.length + (error ? 1 : 0);
      this.#busy -= task.to - task.from;
      this.done += from - task.from;
      this.#measure(this.#places.time(index) / (from - task.from));
      if (from < task.to) left.push({ ...task, from });
    });
    this.#passed = (finished.at(-1) as Given).index + 1;
    this.#places.taken(this.#passed);
    clearTimeout(this.#taskTimer);
    if (this.#tasks.length > 0) this.#begin();
    finished.forEach(({ task }, i) => {
      const { values, size, error } = outcomes[i] as Outcome;
      if (values.length > 0) task.resolve(task.from, values, size);
      if (error) task.reject(task.from + values.length, error.thrown);
    });
    return left;
  }

  // The first calls are no measure of the next ones: it compiles what it runs, and copies pages.
  #measure(took: number): void {
    this.pace = took < this.pace ? took : this.pace * 0.8 + took * 0.2;
  }
}

function outcomeOf(read: () => TaskMessage): Outcome {
  const values: unknown[] = [];
  const outcome: Outcome = { values, size: 0 };
  try {
    const message = read();
    const numbers = numbersIn(message);
    if (numbers) {
      outcome.values = numbers;
      outcome.size = numbers.byteLength;
    } else if (has(message, 'stream')) {
      outcome.size = sizeOf(message);
      readValues(message, decodeResult, values);
      if (has(message, 'thrown')) resultOf(message);
    } else {
      values.push(resultOf(message as Message));
    }
  } catch (thrown) {
    outcome.error = { thrown };
  }
  return outcome;
}
