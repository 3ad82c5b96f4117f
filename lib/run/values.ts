// How do many small values, each of a call of its own, go in one message? Numbers and texts in runs; simple objects one after the
// other by one serializer, as they are added; each other value as a clone of its own.
//
// What is done to a value later does not change it on its way, nor does what it shares with another one: a serializer writes an
// object that it has met before as "the same as that one". So it is never given one that is, or has a part that is.
import { types } from 'node:util';
import { Deserializer, Serializer } from 'node:v8';
import { toMessage } from './message.js';
import { encodeNumbers } from './numbers.js';

// What a message is worth. As much as fits into a socket at once.
const FULL = 65_536; // bytes
// More would make the receiver's loop wait, however small they are.
const MAX_COUNT = 8192;
const SMALL = 8; // bytes, of a number

// A value with more objects in it than this, or a longer array, is cheaper cloned alone than looked through.
const FEW = 16;
const SHORT = 64; // properties

// What comes next in the stream, and how many of it.
const NUMBERS = 1;
const PLAIN = 2; // an array of primitives
const SIMPLE = 3; // an object
const CLONE = 4; // the last part of a clone, and the number of its other parts

/** Values on their way: a part of a message. @internal */
export interface Values {
  count: number;
  stream: Uint8Array;
  /** Of clones: the parts that nobody copies. */
  large: Uint8Array[];
}

/** In bytes. @internal */
export function sizeOf({ stream, large }: Values): number {
  return large.reduce((size, { length }) => size + length, stream.length);
}

/** A primitive, or the parts of a clone. @internal */
export type Packed = unknown;

/** @param encode - makes parts of a message of it. What it throws is thrown. @internal */
export function pack(value: unknown, encode: (value: unknown) => Uint8Array[]): Packed {
  return isPlain(value) ? value : encode(value);
}

/** @internal */
export class ValueWriter {
  #count = 0;
  #size = 0; // bytes, about
  #run: unknown[] = [];
  #numbers = true; // the run has nothing else
  #large: Uint8Array[] = [];
  #serializer: Serializer | undefined;
  #met = new Set<object>();
  #left = 0; // objects that this value may have

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#size >= FULL || this.#count >= MAX_COUNT;
  }

  /** False: it is full. @param encode - makes parts of a message of what is not simple. What it throws is thrown, and nothing was added then. */
  add(value: unknown, encode: (value: unknown) => Uint8Array[]): boolean {
    if (typeof value === 'number') {
      this.#run.push(value);
      this.#size += SMALL;
      this.#count++;
    } else if (isPlain(value)) {
      this.#addPlain(value);
    } else if (this.#isSimple(value)) {
      this.#addRun();
      this.#writeSimple(value, encode);
      this.#size += SMALL;
      this.#count++;
    } else {
      this.#addParts(encode(value));
    }
    return !this.full;
  }

  /** The same for what pack() has made. */
  addPacked(packed: Packed): void {
    if (Array.isArray(packed)) this.#addParts(packed as Uint8Array[]);
    else this.#addPlain(packed);
  }

  /** What to send. It is empty then. */
  take(): Values {
    this.#addRun();
    const stream = (this.#serializer ?? begun()).releaseBuffer();
    const values = { count: this.#count, stream, large: this.#large };
    this.#count = 0;
    this.#size = 0;
    this.#large = [];
    this.#serializer = undefined;
    this.#met.clear();
    return values;
  }

  /** The parts of a message of it. Where there are numbers alone, it is what encodeNumbers() makes. It is empty then. */
  takeParts(): Uint8Array[] {
    if (!this.#numbers || this.#run.length !== this.#count || this.#count === 0) return toMessage(this.take());
    const parts = [encodeNumbers(this.#run as number[])];
    this.#run = [];
    this.#count = 0;
    this.#size = 0;
    return parts;
  }

  #addPlain(value: unknown): void {
    if (typeof value !== 'number') this.#numbers = false;
    this.#run.push(value);
    this.#size += typeof value === 'string' ? SMALL + value.length : SMALL;
    this.#count++;
  }

  #addParts(parts: Uint8Array[]): void {
    this.#addRun();
    const last = parts.at(-1) as Uint8Array;
    const stream = this.#begin(CLONE, parts.length - 1);
    stream.writeUint32(last.length);
    stream.writeRawBytes(last);
    for (let i = 0; i < parts.length - 1; i++) this.#large.push(parts[i] as Uint8Array);
    for (const { length } of parts) this.#size += length;
    this.#count++;
  }

  #addRun(): void {
    const run = this.#run;
    if (run.length === 0) return;
    if (this.#numbers) {
      const bytes = new Uint8Array(new Float64Array(run as number[]).buffer);
      this.#begin(NUMBERS, run.length).writeRawBytes(bytes);
    } else {
      this.#begin(PLAIN, run.length).writeValue(run);
    }
    this.#run = [];
    this.#numbers = true;
  }

  #writeSimple(value: unknown, encode: (value: unknown) => Uint8Array[]): void {
    const serializer = this.#begin(SIMPLE, 1);
    try {
      serializer.writeValue(value);
    } catch (error) {
      encode(value); // `arguments`, for instance: throws an error that says which part it is
      throw error;
    }
  }

  #begin(kind: number, count: number): Serializer {
    const serializer = (this.#serializer ??= begun());
    serializer.writeUint32(kind);
    serializer.writeUint32(count);
    return serializer;
  }

  #isSimple(value: unknown): boolean {
    this.#left = FEW;
    return typeof value === 'object' && this.#isNew(value as object);
  }

  // Plain objects and arrays, small ones, none of which this message has met. What is a proxy, or comes of a getter, may be another
  // thing when it is looked at again.
  #isNew(object: object): boolean {
    if (--this.#left < 0 || this.#met.has(object) || types.isProxy(object)) return false;
    this.#met.add(object);
    const prototype: unknown = Object.getPrototypeOf(object);
    if (Array.isArray(object) ? prototype !== Array.prototype : prototype !== Object.prototype && prototype !== null)
      return false;
    if (Array.isArray(object) && object.length > SHORT) return false;
    let properties = 0;
    for (const key in object) {
      if (++properties > SHORT) return false;
      const part = (object as Record<string, unknown>)[key];
      if (isPlain(part)) {
        if (typeof part === 'string') this.#size += part.length;
        continue;
      }
      if (typeof part !== 'object' || Object.getOwnPropertyDescriptor(object, key)?.value !== part) return false;
      if (!this.#isNew(part as object)) return false;
    }
    this.#size += SMALL * properties;
    return true;
  }
}

/**
 * @param into - to which they are added: when one of them cannot be read, those before it
 * @param decode - the opposite of `encode`. What it throws is thrown. @internal
 */
export function readValues(values: Values, decode: (parts: Buffer[]) => unknown, into: unknown[]): void {
  const stream = new Deserializer(values.stream);
  stream.readHeader();
  let large = 0;
  for (let left = values.count; left > 0;) {
    const kind = stream.readUint32();
    const count = stream.readUint32();
    if (kind === NUMBERS || kind === PLAIN) {
      const run = kind === NUMBERS ? readNumbers(stream, count) : (stream.readValue() as unknown[]);
      for (let i = 0; i < count; i++) into.push(run[i]);
      left -= count;
      continue;
    }
    if (kind === SIMPLE) {
      into.push(stream.readValue());
    } else {
      const last = stream.readRawBytes(stream.readUint32());
      const parts = values.large.slice(large, (large += count)) as Buffer[];
      into.push(decode([...parts, last]));
    }
    left--;
  }
}

function readNumbers(stream: Deserializer, count: number): Float64Array {
  const { buffer, byteOffset, byteLength } = stream.readRawBytes(count * Float64Array.BYTES_PER_ELEMENT);
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)); // it begins where it may
}

function begun(): Serializer {
  const serializer = new Serializer();
  serializer.writeHeader();
  return serializer;
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
