// What does a child of a pool do? One task after the other, until its parent closes the port.
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fromMessage, toMessage } from './message.js';
import { type Places } from './pool-places.js';
import { ForkPort } from './port.js';
import { drained, isThenable } from './map-child.js';
import { decodePlain, encodePlain } from './plain.js';
import { encodeError, encodeResult, type Message } from './result.js';
import { readValues, type Values, ValueWriter } from './values.js';

/** The message that only wakes the other. @internal */
export const WAKE = undefined;
const WAKE_PARTS = [new Uint8Array(0)];
/** @internal */
export function wake(port: ForkPort): void {
  ForkPort.postParts(port, WAKE_PARTS);
}

// As they were before the program had a chance to patch them.
const now = performance.now.bind(performance);
const { isArray } = Array;

// Calls that are made together are no longer at it than this.
const MANY = 2; // ms

// After so long at tasks, what else the child has to do has its turn.
const TURN = 5; // ms

// To look costs as much as there is memory: a millisecond a gigabyte, or ten.
const LOOK_SHARE = 20;

/** Child: the first message says that `start` has run, or what it threw. @internal */
export async function servePool(
  port: ForkPort,
  work: (...args: never[]) => unknown,
  start: (() => unknown) | undefined,
  memory: number,
  places: Places,
): Promise<void> {
  const isFull = memoryWatch(memory);
  try {
    await start?.();
  } catch (error) {
    ForkPort.postParts(port, encodeError(error));
    return;
  }
  ForkPort.postParts(port, encodeResult(undefined, 'start'));
  const inbox = new Inbox(port, places);
  let turn = now();
  for (let index = 0; ; index++) {
    const task = await inbox.next(index);
    if (task === 'closed') return;
    if (task === 'taken back') continue;
    const begun = now();
    const parts = await makeCalls(work, task, () => places.claim(index));
    // A grandchild, that work() made by fork(), comes back here, too: what is left is not for it to do.
    if (port.closed) return;
    if (places.done(index, parts, now() - begun, isFull())) {
      if (places.parentSleeps()) wake(port);
    } else if (!ForkPort.postParts(port, parts)) {
      // The next task begins when this one's result is out: if this process is killed, its parent knows by which task.
      await drained(port);
    }
    if (now() - turn < TURN) continue;
    await setImmediate();
    turn = now();
  }
}

/** One call with these arguments, or one with each of these items. @internal */
export type Calls = unknown[] | Values;

/** The calls of a task, and which of them is claimed already. */
interface ClaimedTask {
  calls: Calls;
  first: number;
}

/** What came of a task: of its only call; or of its last call, if that failed, and of those before it. @internal */
export type TaskMessage = Message | Values | (Values & Message);

async function makeCalls(
  work: (...args: never[]) => unknown,
  { calls, first }: ClaimedTask,
  claim: () => number | undefined,
): Promise<Uint8Array[]> {
  if (!isArray(calls)) return makeMany(work, calls, first, claim);
  try {
    const value = await work(...(calls as never[]));
    const plain = encodePlain([value]);
    return plain ? [plain] : encodeResult(value, 'work');
  } catch (error) {
    return encodeError(error);
  }
}

// One after the other, until one of them throws. If they take long, or much comes of them, the rest is left to the parent to give
// again: nobody waits long for a result because of the next ones.
async function makeMany(
  work: (...args: never[]) => unknown,
  calls: Values,
  first: number,
  claim: () => number | undefined,
): Promise<Uint8Array[]> {
  const end = now() + MANY;
  const results = new ValueWriter();
  const encode = (value: unknown): Uint8Array[] => encodeResult(value, 'work');
  try {
    const items: unknown[] = [];
    readValues(calls, fromMessage, items);
    for (let call: number | undefined = first; call !== undefined; call = claim()) {
      let value = work(items[call] as never);
      if (isThenable(value)) value = await value;
      results.add(value, encode);
      if (results.full || now() > end) break;
    }
    return toMessage(results.take());
  } catch (error) {
    return encodeError(error, results.take());
  }
}

// What there is to do, in order.
class Inbox {
  readonly #messages: AsyncIterator<unknown, undefined>;
  readonly #places: Places;
  readonly #large: unknown[] = []; // tasks that came in a message

  constructor(port: ForkPort, places: Places) {
    this.#messages = port[Symbol.asyncIterator]();
    this.#places = places;
  }

  async next(index: number): Promise<ClaimedTask | 'taken back' | 'closed'> {
    while (!this.#places.isThere(index)) if (!(await this.#receive())) return 'closed';
    const first = this.#places.claim(index);
    const bytes = this.#places.read(index);
    if (!bytes) while (this.#large.length === 0) if (!(await this.#receive())) return 'closed';
    const calls = bytes ? undefined : this.#large.shift();
    if (first === undefined) {
      this.#places.pass(index);
      return 'taken back';
    }
    return { calls: (bytes ? (decodePlain(bytes) ?? fromMessage([bytes])) : calls) as Calls, first };
  }

  async #receive(): Promise<boolean> {
    const { done, value } = await this.#messages.next();
    if (!done && value !== WAKE) this.#large.push(value);
    return !done;
  }
}

function memoryWatch(limit: number): () => boolean {
  let next = 0;
  let full = false;
  return () => {
    const start = now();
    if (limit === Infinity || start < next) return full;
    full = privateMemory() > limit;
    next = now() + (now() - start) * LOOK_SHARE;
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
