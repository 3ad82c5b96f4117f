// Where are a task and its result, on their way between a pool and one of its children? In memory that the two share, in a row of
// places. A message is only needed to wake one that has gone to sleep, and for what does not fit into a place.
//
// So a result is not lost when its child is killed a moment later, and nothing is sent while both are busy.
import { sharedMemory } from '../shared/memory.js';

/** How many tasks can be on their way to a child. The n-th has place n % PLACES. @internal */
export const PLACES = 256;
const ROOM = 1024; // bytes of a place
// What is larger has one of a few rooms, the n-th task the one with number n % LARGE_ROOMS, if the task that had it before is through.
const LARGE_ROOMS = 8;
const LARGE_ROOM = 65_536 + 512; // bytes: as much as a ValueWriter takes. Memory that is not used is not there

// What a place says of its task.
const THERE = 1;
const PASSED = 2; // the child has no more to do with it, and its results, if there are any, are in a message
const DONE = 3; // its results are in the place

const BY_MESSAGE = -1; // instead of a length

// The words before the places.
const CHILD_SLEEPS = 0;
const PARENT_WOKEN = 1;
const FULL = 2;
const TAKEN = 3; // so many results has the parent taken
const HEADER = 16;
// Then four for each place: what it says, how many bytes are in it, which calls are to be made: from the lower half of this
// word to the upper one (the child raises the lower, the parent lowers the upper), and how long they took, in microseconds.
const WORDS = 4;
const LENGTH = 1;
const CALLS = 2;
const TIME = 3;
const HALF = 15; // bits: the whole is never negative
const BEGUN = (1 << HALF) - 1;
/** How many calls a task may have. @internal */
export const MAX_CALLS = BEGUN;

const MAX_TIME = 2 ** 31 - 1; // half an hour

const START = (HEADER + WORDS * PLACES) * Int32Array.BYTES_PER_ELEMENT;
const LARGE_START = PLACES * ROOM;
/** Of all places, in bytes. @internal */
export const SIZE = START + LARGE_START + LARGE_ROOMS * LARGE_ROOM;

/** @internal */
export class Places {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #copy = Buffer.alloc(ROOM);
  #largeCopy: Buffer | undefined;

  constructor(memory = sharedMemory(SIZE)) {
    this.#words = new Int32Array(memory, 0, START / Int32Array.BYTES_PER_ELEMENT);
    this.#bytes = new Uint8Array(memory, START);
  }

  // Parent

  /** The calls from `from` to `to` of those in `parts`. False: these do not fit, and are for a message. */
  put(index: number, parts: readonly Uint8Array[], from: number, to: number): boolean {
    const fits = this.#write(index, parts);
    this.#words[wordOf(index) + CALLS] = from | (to << HALF);
    Atomics.store(this.#words, wordOf(index), THERE);
    return fits;
  }

  /** Whether the child has to be woken, to see what was put. */
  childSleeps(): boolean {
    return Atomics.exchange(this.#words, CHILD_SLEEPS, 0) !== 0;
  }

  /** The results of the tasks before this one are taken: their rooms can have another. */
  taken(index: number): void {
    Atomics.store(this.#words, TAKEN, index);
  }

  /** From now on the next result wakes the parent again. */
  parentIsAwake(): void {
    Atomics.store(this.#words, PARENT_WOKEN, 0);
  }

  isDone(index: number): boolean {
    return Atomics.load(this.#words, wordOf(index)) === DONE;
  }

  /** Whether the child has no more to do with it. */
  isPassed(index: number): boolean {
    return Atomics.load(this.#words, wordOf(index)) !== THERE;
  }

  /** How far the child has come: which call would be its next? */
  begun(index: number): number {
    return Atomics.load(this.#words, wordOf(index) + CALLS) & BEGUN;
  }

  /** No more calls are to begin. Which would have been the next? */
  takeBack(index: number): number {
    const at = wordOf(index) + CALLS;
    for (;;) {
      const calls = Atomics.load(this.#words, at);
      const begun = calls & BEGUN;
      if (Atomics.compareExchange(this.#words, at, calls, begun | (begun << HALF)) === calls) return begun;
    }
  }

  /** How long the child was at what it has passed, in milliseconds. */
  time(index: number): number {
    return (this.#words[wordOf(index) + TIME] as number) / 1000;
  }

  /** It has as much memory of its own as it may. */
  get full(): boolean {
    return Atomics.load(this.#words, FULL) !== 0;
  }

  // Child

  /** Which call is to be made now? Undefined: no more of this task. */
  claim(index: number): number | undefined {
    const words = this.#words;
    const at = wordOf(index) + CALLS;
    for (;;) {
      const calls = Atomics.load(words, at);
      const begun = calls & BEGUN;
      if (begun === calls >> HALF) return undefined;
      if (Atomics.compareExchange(words, at, calls, calls + 1) === calls) return begun;
    }
  }

  /** What is there next is another task. */
  pass(index: number): void {
    Atomics.store(this.#words, wordOf(index), PASSED);
  }

  /** Whether the n-th task is there. If it is not, the parent wakes this process when it is. */
  isThere(index: number): boolean {
    const there = (): boolean => Atomics.load(this.#words, wordOf(index)) === THERE;
    if (there()) return true;
    Atomics.store(this.#words, CHILD_SLEEPS, 1);
    if (!there()) return false;
    Atomics.store(this.#words, CHILD_SLEEPS, 0);
    return true;
  }

  /**
   * False: the result does not fit, and is for a message.
   *
   * @param time - that it took, in milliseconds
   * @param full - it has as much memory of its own as it may
   */
  done(index: number, parts: readonly Uint8Array[], time: number, full: boolean): boolean {
    if (full) Atomics.store(this.#words, FULL, 1);
    this.#words[wordOf(index) + TIME] = Math.min(Math.ceil(time * 1000), MAX_TIME);
    const fits = this.#write(index, parts);
    Atomics.store(this.#words, wordOf(index), fits ? DONE : PASSED);
    return fits;
  }

  /** Whether the parent has to be woken, to see what is done. */
  parentSleeps(): boolean {
    return Atomics.exchange(this.#words, PARENT_WOKEN, 1) === 0;
  }

  // Both

  /** What is in the place, until the next call; nothing if it comes in a message. */
  read(index: number): Buffer | undefined {
    const length = this.#words[wordOf(index) + LENGTH] as number;
    if (length === BY_MESSAGE) return undefined;
    const isLarge = length > ROOM;
    const start = isLarge ? largeRoomOf(index) : (index % PLACES) * ROOM;
    const copy = isLarge ? (this.#largeCopy ??= Buffer.allocUnsafeSlow(LARGE_ROOM)) : this.#copy;
    copy.set(this.#bytes.subarray(start, start + length));
    return copy.subarray(0, length);
  }

  #write(index: number, parts: readonly Uint8Array[]): boolean {
    const bytes = parts[0] as Uint8Array;
    const isLarge = bytes.length > ROOM;
    const fits = parts.length === 1 && (!isLarge || (bytes.length <= LARGE_ROOM && this.#hasLargeRoom(index)));
    this.#words[wordOf(index) + LENGTH] = fits ? bytes.length : BY_MESSAGE;
    if (fits) this.#bytes.set(bytes, isLarge ? largeRoomOf(index) : (index % PLACES) * ROOM);
    return fits;
  }

  // What the task before it had in its room, or has brought there, nobody reads any more.
  #hasLargeRoom(index: number): boolean {
    return index - Atomics.load(this.#words, TAKEN) < LARGE_ROOMS;
  }
}

function wordOf(index: number): number {
  return HEADER + (index % PLACES) * WORDS;
}

function largeRoomOf(index: number): number {
  return LARGE_START + (index % LARGE_ROOMS) * LARGE_ROOM;
}
