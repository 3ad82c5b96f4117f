// How do many small values go in one message? Numbers and texts as they are, each other value as a clone of its own: what is
// done to it later, or to what it shares with the next one, does not change it on its way.

// What a message is worth. As much as fits into a socket at once.
const FULL = 65_536; // bytes
// More would make the receiver's loop wait, however small they are.
const MAX_COUNT = 8192;
const SMALL = 8; // bytes, of a number

type Message = [indexes: Uint32Array, values: unknown[]];

/** A value that nothing can change, and that is no array; or an array, of the parts of its clone. @internal */
export type Packed = unknown;

/** @param encode - makes parts of a message of it. What it throws is thrown. @internal */
export function pack(value: unknown, encode: (value: unknown) => Uint8Array[]): Packed {
  return isPlain(value) ? value : encode(value);
}

/** @internal */
export class Batch {
  #indexes: number[] = [];
  #values: Packed[] = [];
  #size = 0; // bytes

  get count(): number {
    return this.#indexes.length;
  }

  get full(): boolean {
    return this.#size >= FULL || this.#indexes.length >= MAX_COUNT;
  }

  add(index: number, packed: Packed): void {
    this.#indexes.push(index);
    this.#values.push(packed);
    this.#size += SMALL;
    if (typeof packed === 'string') this.#size += 2 * packed.length;
    else if (Array.isArray(packed)) for (const { length } of packed as Uint8Array[]) this.#size += length;
  }

  /** What to post; the batch is empty then. */
  take(): Message {
    const message: Message = [Uint32Array.from(this.#indexes), this.#values];
    this.#indexes = [];
    this.#values = [];
    this.#size = 0;
    return message;
  }
}

/** @param decode - the opposite of `encode`. What it throws is thrown when that value is asked for. @internal */
export function* unpack<T>(
  message: unknown,
  decode: (parts: Buffer[]) => unknown,
): Iterable<[index: number, value: T]> {
  const [indexes, values] = message as Message;
  for (let i = 0; i < indexes.length; i++) {
    const packed = values[i];
    yield [indexes[i] as number, (Array.isArray(packed) ? decode(packed as Buffer[]) : packed) as T];
  }
}

function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'object':
      return value === null;
    case 'symbol':
    case 'function':
      return false;
    default:
      return true;
  }
}
