// Who gives the children of a map their items? Each lane has one child at a time.
import { sharedMemory } from '../shared/memory.js';
import { Batch } from './batch.js';
import type { ItemQueue } from './items.js';
import { InheritedJobs, type Job, mapInChild, post, SentJobs } from './map-child.js';
import type { MapRun } from './map-run.js';
import { copyParts, toMessage } from './message.js';
import type { ForkPort } from './port.js';
import { encodeClone, uncloneable } from './result.js';
import { SharedNumbers } from './shared-numbers.js';
import { pack, type Packed } from './values.js';
import { now, setImmediate } from '../sys/clock.js';

type Fn<I, O> = (item: I, index: number) => O | PromiseLike<O>;

/** How many children, and how many items for each. @internal */
export interface Shares {
  concurrency: number;
  itemsPerChild: number;
}

// How much work lies at a child, measured by how long its last took; and how many items at most.
const AHEAD = 10; // ms
const MAX_AHEAD = 4096;

/** A child for each item, which has it with the heap. @internal */
export async function mapOneByOne<I, O>(run: MapRun<O>, queue: ItemQueue<I>, fn: Fn<I, O>): Promise<void> {
  for (let job = await queue.next(); job; job = await queue.next()) {
    const { item, index } = job;
    let done: { value: O } | undefined;
    do {
      done = await run.child({ main: () => fn(item, index), at: () => index });
    } while (!done && !run.failed);
    if (done) await run.deliver(index, done.value);
  }
}

/** Children that have all items with the heap, and take the next number from a counter that they share. @internal */
export async function mapInherited<I, O>(run: MapRun<O>, items: I[], fn: Fn<I, O>, shares: Shares): Promise<void> {
  const numbers = run.collects && items.length > 0 ? new SharedNumbers(items.length) : undefined;
  const delivered = numbers?.known ?? new Uint8Array(items.length);
  let order: Uint32Array | undefined;
  for (let left = items.length; left > 0 && !run.failed; left = order.length) {
    await pass(run, { items, order, delivered, numbers }, fn, shares);
    // What the dead children had taken. All of it is known only when the others are through: a child can die between the two
    // instructions that take a number and say who has it.
    order = Uint32Array.from(undelivered(delivered));
  }
  numbers?.addTo(run.results);
}

interface Inherited<I> {
  items: I[];
  /** Which of them; undefined: all. */
  order: Uint32Array | undefined;
  delivered: Uint8Array;
  numbers: SharedNumbers | undefined;
}

async function pass<I, O>(
  run: MapRun<O>,
  { items, order, delivered, numbers }: Inherited<I>,
  fn: Fn<I, O>,
  { concurrency, itemsPerChild }: Shares,
): Promise<void> {
  const counter = new Int32Array(sharedMemory(Int32Array.BYTES_PER_ELEMENT));
  const length = order?.length ?? items.length;
  const more = (): boolean => !run.failed && Atomics.load(counter, 0) < length;
  const lane = async (begun: () => void): Promise<void> => {
    const at = new Place();
    do {
      at.clear();
      await run.child({
        main: (port) => {
          const jobs = new InheritedJobs(items, order, counter, itemsPerChild);
          return mapInChild({ jobs, fn, at: at.shared, numbers }, port);
        },
        port: true,
        begun,
        follow: (port) =>
          run.receive(port, (indexes, count) => {
            note(delivered, indexes, count);
          }),
        at: () => at.get((index) => delivered[index] !== 0),
        achieved: () => at.begun,
      });
    } while (more());
  };
  const lanes: Promise<void>[] = [];
  // A lane is begun when the ones before have their child, so that a large number costs nothing.
  while (lanes.length < concurrency && lanes.length < length && more())
    await new Promise<void>((begun) => {
      const through = lane(begun).catch((error: unknown) => {
        run.fail(error); // there is no memory for it
        begun();
      });
      lanes.push(through);
    });
  await Promise.all(lanes);
}

function note(delivered: Uint8Array, indexes: Uint32Array, count: number): void {
  for (let i = 0; i < count; i++) delivered[indexes[i] as number] = 1;
}

function* undelivered(delivered: Uint8Array): Iterable<number> {
  for (let i = delivered.indexOf(0); i >= 0; i = delivered.indexOf(0, i + 1)) yield i;
}

/** Which item a child is at, or has yet to send the result of. */
class Place {
  readonly shared = new Int32Array(sharedMemory(Int32Array.BYTES_PER_ELEMENT));

  clear(): void {
    Atomics.store(this.shared, 0, 0);
  }

  /** Whether it was at any. */
  get begun(): boolean {
    return Atomics.load(this.shared, 0) > 0;
  }

  /** @param isDelivered - whether that result has come after all */
  get(isDelivered: (index: number) => boolean): number | undefined {
    const index = Atomics.load(this.shared, 0) - 1;
    return index < 0 || isDelivered(index) ? undefined : index;
  }
}

/** Children that are sent their items, which are asked for when one of them has room. @internal */
export async function mapSent<I, O>(
  run: MapRun<O>,
  queue: ItemQueue<Packed>,
  fn: Fn<I, O>,
  share: number,
): Promise<void> {
  const lane = new SentItems(queue, run, share);
  const at = new Place();
  while (!run.failed && (await lane.peek())) {
    at.clear();
    await run.child({
      main: (port) => mapInChild({ jobs: new SentJobs<I>(port), fn, at: at.shared }, port),
      port: true,
      follow: (port) => lane.feed(port),
      at: () => at.get((index) => !lane.isOut(index)),
      achieved: () => at.begun,
    });
    lane.takeBack();
  }
}

class SentItems<O> {
  readonly #queue: ItemQueue<Packed>;
  readonly #run: MapRun<O>;
  readonly #share: number;
  /** What a dead child had, and is to be done again. */
  #again: Job<Packed>[] = [];
  /** A question outlives the child that it was asked for. */
  #asking: Promise<Job<Packed> | undefined> | undefined;
  readonly #out = new Map<number, Packed>();
  #ahead = 1; // how many may be out
  #since = 0; // when the child began with what is out
  #wake: (() => void) | undefined;

  constructor(queue: ItemQueue<Packed>, run: MapRun<O>, share: number) {
    this.#queue = queue;
    this.#run = run;
    this.#share = share;
  }

  isOut(index: number): boolean {
    return this.#out.has(index);
  }

  /** The next one, which stays the next one until it is taken. */
  async peek(): Promise<Job<Packed> | undefined> {
    if (this.#again.length > 0) return this.#again[0];
    if (!this.#asking) {
      this.#asking = this.#queue.next();
      this.#asking.catch(() => undefined); // whoever waits for it tells
    }
    return this.#asking;
  }

  #take(job: Job<Packed>): void {
    if (this.#again[0] === job) this.#again.shift();
    else this.#asking = undefined;
    if (this.#out.size === 0) this.#since = now();
    this.#out.set(job.index, job.item);
  }

  takeBack(): void {
    for (const [index, item] of this.#out) this.#again.push({ item, index });
    this.#out.clear();
    this.#ahead = 1;
  }

  /** Until the child has ended. */
  async feed(port: ForkPort): Promise<void> {
    // If it waits for the source when the child dies, nobody waits for it.
    this.#send(port).catch((error: unknown) => {
      this.#run.fail(error);
    });
    const seen = (indexes: Uint32Array, count: number): void => {
      for (let i = 0; i < count; i++) this.#out.delete(indexes[i] as number);
    };
    try {
      await this.#run.receive(port, seen, (count) => {
        this.#measure(count);
        this.#wake?.();
      });
    } finally {
      this.#wake?.();
    }
  }

  // As much as keeps the child busy while the loop does something else, and no more: another one may be free.
  #measure(count: number): void {
    const each = (now() - this.#since) / count;
    this.#since = now();
    this.#ahead = Math.max(1, Math.min(2 * this.#ahead, Math.floor(AHEAD / each), MAX_AHEAD));
  }

  async #send(port: ForkPort): Promise<void> {
    const batch = new Batch();
    const flush = async (): Promise<void> => {
      if (batch.count > 0) await post(port, batch.take());
    };
    for (let sent = 0; sent < this.#share; sent++) {
      while (this.#out.size >= this.#ahead && !port.closed)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      const job = port.closed ? undefined : await this.peek();
      if (port.closed) return;
      if (!job) break;
      this.#take(job);
      batch.addPacked(job.index, job.item);
      if (batch.full || this.#out.size >= this.#ahead) await flush();
      else if (batch.count === 1) setImmediate(() => void flush());
    }
    await flush();
    await post(port, null);
  }
}

/** The item as it is now, to be sent: a source may give the same object again and again. @internal */
export function packItem(item: unknown, index: number): Packed {
  const name = `items[${index}]`;
  const fail = (why: string, cause?: unknown): Error =>
    Object.assign(uncloneable(name, item, why, cause, ', and so not be sent to a child'), { index });
  return pack(item, () => encodeClone({ value: () => item, name, clone: () => copyParts(toMessage(item)), fail }));
}
