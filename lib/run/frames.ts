// Where does one message end in a stream of bytes, and where does what comes next belong? Each message begins with what it is
// made of. A small one is read with its neighbours and decoded where it lies; a large part is read to where it stays.
import { LARGE } from './message.js';

// Sixteen bytes: how many parts, how many descriptors, how many of those are sockets and servers, how long the last part is, and a
// mark. Then eight bytes of length for each other part.
const PREFIX = 16;
const LENGTH = 8;
const DIGITS = 6; // bytes of it that are ever used: 256 TB
// What something else writes to the socket has it once in 65,536 times. Without it one would wait for as much as a text says when it is
// taken for a length.
const MARK = 14;
const MARKED = 0xf07c;

/** A message as it came. What is in `parts` is only valid until the next read. @internal */
export interface Frame {
  parts: Buffer[];
  /** How many descriptors came with it. */
  fds: number;
  /** How many of them, from the first on, belong to sockets and servers in the value. */
  handles: number;
}

interface OpenFrame extends Frame {
  /** Of all parts but the last. */
  lengths: number[];
  /** How many of them are yet to come. */
  unread: number;
  last: number;
}

/** What stands before the parts. @internal */
export function prefixOf(parts: readonly Uint8Array[], fds: number, handles: number): Uint8Array {
  const prefix = Buffer.alloc(PREFIX + LENGTH * (parts.length - 1));
  prefix.writeUInt32LE(parts.length, 0);
  prefix.writeUInt16LE(fds, 4);
  prefix.writeUInt16LE(handles, 6);
  prefix.writeUInt16LE(MARKED, MARK);
  const last = parts.length - 1;
  for (let i = 0; i < parts.length; i++) {
    prefix.writeUIntLE((parts[i] as Uint8Array).length, i === last ? LENGTH : PREFIX + LENGTH * i, DIGITS);
  }
  return prefix;
}

/** @internal */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  #chunk: Buffer = Buffer.alloc(0); // until there is something to read
  #start = 0; // of what is in the chunk and not yet looked at
  #end = 0;
  #large: Buffer | undefined; // what is read to where it stays
  #filled = 0;
  #wanted = PREFIX;
  #frame: OpenFrame | undefined;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Where the next bytes go: from `offset` on. */
  room(): { buffer: Buffer; offset: number } {
    if (this.#large) return { buffer: this.#large, offset: this.#filled };
    if (this.#chunk.length === 0) this.#chunk = Buffer.allocUnsafeSlow(LARGE);
    if (this.#start > 0) {
      this.#chunk.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return { buffer: this.#chunk, offset: this.#end };
  }

  /** So many have come. @throws a RangeError if there is no room for a part of what follows, a TypeError if it is no message. */
  came(count: number): void {
    if (this.#large) this.#filled += count;
    else this.#end += count;
    for (let piece = this.#piece(); piece; piece = this.#piece()) this.#accept(piece);
  }

  #piece(): Buffer | undefined {
    const size = this.#wanted;
    if (size < LARGE) {
      if (this.#end - this.#start < size) return undefined;
      const from = this.#start;
      this.#start += size;
      return this.#chunk.subarray(from, this.#start);
    }
    if (!this.#large) {
      this.#large = Buffer.allocUnsafeSlow(size);
      this.#filled = this.#chunk.copy(this.#large, 0, this.#start, this.#end);
      this.#start += this.#filled;
    }
    if (this.#filled < size) return undefined;
    const whole = this.#large;
    this.#large = undefined;
    return whole;
  }

  #accept(piece: Buffer): void {
    const frame = this.#frame;
    if (!frame) this.#begin(piece);
    else if (frame.unread > 0) this.#takeLengths(piece, frame);
    else this.#takePart(piece, frame);
  }

  #begin(prefix: Buffer): void {
    if (prefix.readUInt16LE(MARK) !== MARKED) throw new TypeError('it is none: something else wrote to the socket');
    const unread = prefix.readUInt32LE(0) - 1;
    const last = prefix.readUIntLE(LENGTH, DIGITS);
    this.#frame = {
      parts: [],
      fds: prefix.readUInt16LE(4),
      handles: prefix.readUInt16LE(6),
      lengths: [],
      unread,
      last,
    };
    this.#wanted = unread > 0 ? LENGTH * unread : last;
  }

  #takeLengths(list: Buffer, frame: OpenFrame): void {
    for (let i = 0; i < frame.unread; i++) frame.lengths.push(list.readUIntLE(LENGTH * i, DIGITS));
    frame.unread = 0;
    this.#wanted = frame.lengths[0] as number;
  }

  #takePart(part: Buffer, frame: OpenFrame): void {
    const taken = frame.parts.push(part);
    this.#wanted = frame.lengths[taken] ?? frame.last;
    if (taken <= frame.lengths.length) return;
    this.#frame = undefined;
    this.#wanted = PREFIX;
    this.#onFrame(frame);
  }
}
