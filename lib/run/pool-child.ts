// What does a child of a pool do? One task after the other, until its parent closes the port.
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fromMessage, toMessage } from './message.js';
import { type Places } from './pool-places.js';
import { ForkPort } from './port.js';
import { encodeError, encodeResult, encodeResults } from './result.js';

/** The message that only wakes the other. @internal */
export const WAKE = 0;
const WAKE_PARTS = toMessage(WAKE);
/** @internal */
export function wake(port: ForkPort): void {
  ForkPort.postParts(port, WAKE_PARTS);
}

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
  let turn = performance.now();
  for (let index = 0; ; index++) {
    const calls = await inbox.next(index);
    if (calls === 'closed') return;
    if (calls === 'taken back') continue;
    const parts = await makeCalls(work, calls, () => places.claim(index));
    if (places.done(index, parts, isFull())) {
      if (places.parentSleeps()) wake(port);
    } else if (!ForkPort.postParts(port, parts)) {
      // The next task begins when this one's result is out: if this process is killed, its parent knows by which task.
      await sent(port);
    }
    if (performance.now() - turn < TURN) continue;
    await setImmediate();
    turn = performance.now();
  }
}

/** The calls of a task, and which of them is claimed already. */
interface Calls {
  args: unknown[][];
  first: number;
}

// One after the other, until one of them throws.
async function makeCalls(
  work: (...args: never[]) => unknown,
  { args, first }: Calls,
  claim: () => number | undefined,
): Promise<Uint8Array[]> {
  const values: unknown[] = [];
  try {
    for (let call: number | undefined = first; call !== undefined; call = claim()) {
      values.push(await work(...(args[call] as never[])));
    }
  } catch (error) {
    const before = cloneable(values);
    return before.length < values.length ? encodeOne(values[before.length], before) : encodeError(error, { before });
  }
  if (values.length === 1) return encodeOne(values[0], []);
  try {
    return encodeResults(values, 'work');
  } catch {
    const before = cloneable(values);
    return encodeOne(values[before.length], before);
  }
}

function encodeOne(value: unknown, before: unknown[]): Uint8Array[] {
  try {
    return encodeResult(value, 'work', { before });
  } catch (error) {
    return encodeError(error, { before });
  }
}

// Those before the first that is not.
function cloneable(values: unknown[]): unknown[] {
  const end = values.findIndex((value) => {
    try {
      encodeResult(value);
      return false;
    } catch {
      return true;
    }
  });
  return end < 0 ? values : values.slice(0, end);
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

  async next(index: number): Promise<Calls | 'taken back' | 'closed'> {
    while (!this.#places.isThere(index)) if (!(await this.#receive())) return 'closed';
    const first = this.#places.claim(index);
    const bytes = this.#places.read(index);
    if (!bytes) while (this.#large.length === 0) if (!(await this.#receive())) return 'closed';
    const args = bytes ? undefined : this.#large.shift();
    if (first === undefined) {
      this.#places.pass(index);
      return 'taken back';
    }
    return { args: (bytes ? fromMessage([bytes]) : args) as unknown[][], first };
  }

  async #receive(): Promise<boolean> {
    const { done, value } = await this.#messages.next();
    if (!done && value !== WAKE) this.#large.push(value);
    return !done;
  }
}

function sent(port: ForkPort): Promise<void> {
  return new Promise((resolve) => {
    if (port.closed) resolve();
    port.once('drain', resolve);
    port.once('close', resolve);
  });
}

function memoryWatch(limit: number): () => boolean {
  let next = 0;
  let full = false;
  return () => {
    const start = performance.now();
    if (limit === Infinity || start < next) return full;
    full = privateMemory() > limit;
    next = performance.now() + (performance.now() - start) * LOOK_SHARE;
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
