// How do many small values with a number each, items of a map or their results, go in one message?
import { readValues, type Packed, type Values, ValueWriter } from './values.js';

type Message = [indexes: Uint32Array, values: Values];

/** @internal */
export class Batch {
  #indexes: number[] = [];
  readonly #values = new ValueWriter();

  get count(): number {
    return this.#indexes.length;
  }

  get full(): boolean {
    return this.#values.full;
  }

  /** False: it is full. @param encode - makes parts of a message of it. What it throws is thrown. */
  add(index: number, value: unknown, encode: (value: unknown) => Uint8Array[]): boolean {
    const hasRoom = this.#values.add(value, encode);
    this.#indexes.push(index);
    return hasRoom;
  }

  /** The same for what pack() has made. */
  addPacked(index: number, packed: Packed): void {
    this.#values.addPacked(packed);
    this.#indexes.push(index);
  }

  /** What to post; the batch is empty then. */
  take(): Message {
    const message: Message = [Uint32Array.from(this.#indexes), this.#values.take()];
    this.#indexes = [];
    return message;
  }
}

/** What take() has made: as many values as can be read, and why the next one cannot. @internal */
export interface Unpacked<T> {
  /** As many as there were values. */
  indexes: Uint32Array;
  values: T[];
  failure: { error: unknown } | undefined;
}

/** @param decode - the opposite of `encode`. What it throws is the failure. @internal */
export function unpackAll<T>(message: unknown, decode: (parts: Buffer[]) => unknown): Unpacked<T> {
  const [indexes, packed] = message as Message;
  const values: T[] = [];
  try {
    readValues(packed, decode, values);
  } catch (error) {
    return { indexes, values, failure: { error } };
  }
  return { indexes, values, failure: undefined };
}
