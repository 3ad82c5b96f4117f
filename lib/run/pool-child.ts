// What does a child of a pool do? One task after the other, until its parent closes the port.
import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { Unheard } from '../node/async-hooks.js';
import { now } from '../sys/clock.js';
import { native } from '../sys/native.js';
import { isThenable } from '../sys/thenable.js';
import { fromMessage, toMessage } from './message.js';
import { type Places } from './pool-places.js';
import { ForkPort } from './port.js';
import { whenDrained } from './map-child.js';
import { decodeNumbers, isNumbers } from './numbers.js';
import { decodePlain, encodePlain } from './plain.js';
import { encodeError, encodeResult, type Message } from './result.js';
import { Steps } from './steps.js';
import { readValues, type Values, ValueWriter } from './values.js';

/** The message that only wakes the other. @internal */
export const WAKE = undefined;

// As it was before the program had a chance to patch it.
const { isArray } = Array;
const { isUint8Array } = types;

// Calls that are made together are no longer at it than this.
const MANY = 2; // ms
const QUICK = 0.2; // ms
const TOGETHER = 16;

// After so long at tasks, what else the child has to do has its turn.
const TURN = 5; // ms

// To look costs as much as there is memory: a millisecond a gigabyte, or ten.
const LOOK_SHARE = 20;
// A look during which others had the processor says little of what it costs.
const MAX_PAUSE = 1000; // ms

/** Child: the first message says that `start` has run, or what it threw. Then it serves until the port is closed. @internal */
export function servePool(
  port: ForkPort,
  work: (...args: never[]) => unknown,
  start: (() => unknown) | undefined,
  memory: number,
  places: Places,
): Unheard {
  ForkPort.hide(port);
  return new Unheard((done, failed) => {
    const service = new Service({ port, work, places, isFull: memoryWatch(memory) }, done, failed);
    service.step(() => {
      service.start(start);
    });
  });
}

/** One call with these arguments, or one with each of these items. @internal */
export type Calls = unknown[] | Float64Array | Values;

/** What came of a task: of its only call; or of its last call, if that failed, and of those before it. @internal */
export type TaskMessage = Message | Uint8Array | Values | (Values & Message);

/** Numbers have no message of their own: they are bytes in one. False: as ForkPort.postParts(). @internal */
export function postTask(port: ForkPort, parts: Uint8Array[]): boolean {
  return ForkPort.postParts(port, isNumbers(parts) ? toMessage(parts[0]) : parts);
}

/** @internal */
export function numbersIn(message: unknown): Float64Array | undefined {
  return isUint8Array(message) ? decodeNumbers(message) : undefined;
}

interface Served {
  port: ForkPort;
  work: (...args: never[]) => unknown;
  places: Places;
  isFull: () => boolean;
}

// By callbacks: hooks of async_hooks are to hear of `start` and `work` only.
class Service extends Steps {
  readonly #served: Served;
  readonly #done: () => void;
  readonly #large: unknown[] = []; // tasks that came in a message
  #index = 0; // of the task
  #begun = 0; // when it was
  #turn = 0; // when what else there is to do had its turn
  protected readonly fail: (error: unknown) => void;
  readonly #called = this.waiter(
    (value) => {
      this.#deliver(() => {
        const plain = encodePlain([value]);
        return plain ? [plain] : encodeResult(value, 'work');
      });
    },
    (error) => {
      this.#deliver(() => encodeError(error));
    },
  );

  constructor(served: Served, done: (value: unknown) => void, failed: (error: unknown) => void) {
    super();
    this.#served = served;
    this.#done = () => {
      done(undefined);
    };
    this.fail = failed;
  }

  start(start: (() => unknown) | undefined): void {
    const { port } = this.#served;
    const started = this.waiter(
      () => {
        // A grandchild, that start() made by fork(), has no task.
        if (port.closed) {
          this.#done();
          return;
        }
        ForkPort.postParts(port, encodeResult(undefined, 'start'));
        this.#turn = now();
        this.#next();
      },
      (error) => {
        ForkPort.postParts(port, encodeError(error));
        this.#done();
      },
    );
    this.settle(started, () => start?.());
  }

  #next(): void {
    const { places } = this.#served;
    if (!places.isThere(this.#index)) {
      this.#receive(() => {
        this.#next();
      });
      return;
    }
    const first = places.claim(this.#index);
    const bytes = places.read(this.#index);
    if (bytes) this.#begin(first, first === undefined ? undefined : callsIn(bytes));
    else this.#beginLarge(first);
  }

  #beginLarge(first: number | undefined): void {
    if (this.#large.length > 0) this.#begin(first, this.#large.shift());
    else
      this.#receive(() => {
        this.#beginLarge(first);
      });
  }

  #receive(then: () => void): void {
    ForkPort.next(this.#served.port, {
      reject: this.fail,
      resolve: ({ done, value }) => {
        if (done) {
          this.#done();
          return;
        }
        if (value !== WAKE) this.#large.push(value);
        this.soon(then);
      },
    });
  }

  #begin(first: number | undefined, calls: unknown): void {
    if (first === undefined) {
      this.#served.places.pass(this.#index++); // it was taken back
      this.soon(() => {
        this.#next();
      });
      return;
    }
    this.#begun = now();
    if (isArray(calls)) this.settle(this.#called, () => this.#served.work(...(calls as never[])));
    else
      new ManyCalls(this.#served, this.#index, (encode) => {
        this.soon(() => {
          this.#deliver(encode);
        });
      }).make(numbersIn(calls) ?? (calls as Float64Array | Values), first);
  }

  #deliver(encode: () => Uint8Array[]): void {
    const { port, places, isFull } = this.#served;
    let parts: Uint8Array[];
    try {
      parts = encode();
    } catch (error) {
      parts = encodeError(error);
    }
    // A grandchild, that work() made by fork(), comes back here, too: what is left is not for it to do.
    if (port.closed) {
      this.#done();
      return;
    }
    if (places.done(this.#index, parts, now() - this.#begun, isFull())) {
      if (places.parentSleeps()) ForkPort.wake(port);
    } else if (!postTask(port, parts)) {
      // The next task begins when this one's result is out: if this process is killed, its parent knows by which task.
      whenDrained(port, () => {
        this.step(() => {
          this.#goOn();
        });
      });
      return;
    }
    this.#goOn();
  }

  #goOn(): void {
    this.#index++;
    if (now() - this.#turn < TURN) {
      this.#next();
      return;
    }
    native.onCleanTurn(() => {
      this.step(() => {
        this.#turn = now();
        this.#next();
      });
    });
  }
}

function callsIn(bytes: Buffer): unknown {
  return decodeNumbers(bytes) ?? decodePlain(bytes) ?? fromMessage([bytes]);
}

// One after the other, until one of them throws. If they take long, or much comes of them, the rest is left to the parent to give
// again: nobody waits long for a result because of the next ones.
class ManyCalls extends Steps {
  readonly #served: Served;
  readonly #index: number;
  /** Is called once, at the end. */
  readonly #passed: (encode: () => Uint8Array[]) => void;
  readonly #end = now() + MANY;
  #items: ArrayLike<unknown> = [];
  readonly #results = new ValueWriter();
  #untimed = 1; // calls, until the clock is looked at
  #timed = 0;
  readonly #await = this.waiter(
    (value) => {
      this.#untimed = 1;
      if (this.#add(value)) this.#go(this.#served.places.claim(this.#index));
      else this.#passed(() => this.#results.takeParts());
    },
    (error) => {
      this.fail(error);
    },
  );

  constructor(served: Served, index: number, passed: (encode: () => Uint8Array[]) => void) {
    super();
    this.#served = served;
    this.#index = index;
    this.#passed = passed;
  }

  make(calls: Float64Array | Values, first: number): void {
    this.step(() => {
      if (ArrayBuffer.isView(calls)) {
        this.#items = calls;
      } else {
        const items: unknown[] = [];
        readValues(calls, fromMessage, items);
        this.#items = items;
      }
      this.#go(first);
    });
  }

  #go(first: number | undefined): void {
    const { work, places } = this.#served;
    for (let call = first; call !== undefined; call = places.claim(this.#index)) {
      const value = work(this.#items[call] as never);
      if (isThenable(value)) {
        this.#await.wait(value);
        return;
      }
      if (!this.#add(value)) break;
    }
    this.#passed(() => this.#results.takeParts());
  }

  // False: it was the last. A grandchild of a fork() in work() makes no other call of its parent's.
  #add(value: unknown): boolean {
    if (this.#served.port.closed) return false;
    if (!this.#results.add(value, encodeOfWork)) return false;
    return --this.#untimed > 0 || this.#isInTime();
  }

  // Calls that are quick are not timed one by one, but so many together.
  #isInTime(): boolean {
    const time = now();
    this.#untimed = time - this.#timed < QUICK ? TOGETHER : 1;
    this.#timed = time;
    return time <= this.#end;
  }

  protected fail(error: unknown): void {
    this.#passed(() => encodeError(error, this.#results.take()));
  }
}

function encodeOfWork(value: unknown): Uint8Array[] {
  return encodeResult(value, 'work');
}

function memoryWatch(limit: number): () => boolean {
  let next = 0;
  let full = false;
  return () => {
    const start = now();
    if (limit === Infinity || start < next) return full;
    try {
      full = privateMemory() > limit;
    } catch {
      full = true; // there is no descriptor left to look with: another child has some
    }
    next = now() + Math.min((now() - start) * LOOK_SHARE, MAX_PAUSE);
    return full;
  };
}

// In bytes: what this process does not share with its parent. See proc_pid_smaps(5).
function privateMemory(): number {
  let kilobytes = 0;
  for (const [, size] of readFileSync('/proc/self/smaps_rollup', 'latin1').matchAll(/^Private_\w+: +(\d+) kB$/gm)) {
    kilobytes += Number(size);
  }
  return kilobytes * 1024;
}
