// What does a value look like on its way from one process to the other? A structured clone; and before it, each large view (a
// Buffer, a typed array, a DataView) as it is, so that nobody copies it: the parent reads it to where it stays.
import { DefaultDeserializer, DefaultSerializer } from 'node:v8';
import { onlyInRunners } from '../child/rehearsal.js';
import { show } from '../sys/validate.js';

// Less than this is cheaper to copy than to send alone: two system calls in the child, a turn of the loop in the parent.
/** @internal */
export const LARGE = 65_536; // bytes

type ViewClass = new (buffer: ArrayBuffer, offset?: number, length?: number) => ArrayBufferView;
type NumbersClass = ViewClass & { BYTES_PER_ELEMENT: number };
const { Float16Array } = globalThis as { Float16Array?: NumbersClass }; // from Node 24 on
const TypedArray = Object.getPrototypeOf(Uint8Array) as { prototype: object };
// Both processes have the same list.
const ARRAYS: NumbersClass[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  ...(Float16Array ? [Float16Array] : []),
];
const NAMES = ARRAYS.map(({ name }) => name);
const BUFFER = NAMES.length;
const DATA_VIEW = BUFFER + 1;
const HANDLE = BUFFER + 2;

/** What goes as a descriptor: which one of the message's, of which kind, and what had been read of it already. @internal */
export interface HandleRecord {
  index: number;
  kind: number;
  early: Uint8Array;
}

/**
 * The parts to send, of which the last is the clone. @throws what `v8.serialize` does
 *
 * @param handles - views that stand for what goes as a descriptor. @internal
 */
export function toMessage(value: unknown, handles?: ReadonlyMap<ArrayBufferView, HandleRecord>): Uint8Array[] {
  const serializer = new MessageSerializer();
  serializer.handles = handles;
  serializer.writeHeader();
  serializer.writeValue(value);
  return [...serializer.large, serializer.releaseBuffer()];
}

/** The same, of which no part is the value's own: what is done to it later does not change what is sent later. @internal */
export function copyParts(parts: Uint8Array[]): Uint8Array[] {
  return parts.map((part, i) => (i < parts.length - 1 ? new Uint8Array(part) : part));
}

/** @param revive - makes of a descriptor what it was. @internal */
export function fromMessage(parts: Buffer[], revive?: (record: HandleRecord) => object): unknown {
  const deserializer = new MessageDeserializer(parts.at(-1) as Buffer);
  deserializer.revive = revive;
  deserializer.large = parts.slice(0, -1);
  deserializer.readHeader();
  return deserializer.readValue();
}

// V8 calls a view a host object, and asks for it to be written and read.
class MessageSerializer extends DefaultSerializer {
  readonly large: Uint8Array[] = [];
  handles: ReadonlyMap<ArrayBufferView, HandleRecord> | undefined;

  _writeHostObject(object: object): void {
    if (!ArrayBuffer.isView(object)) throw new Error(`Unserializable host object: ${show(object)}`);
    const handle = this.handles?.get(object);
    if (handle) {
      this.#writeHandle(handle);
      return;
    }
    const bytes = new Uint8Array(object.buffer, object.byteOffset, object.byteLength);
    this.writeUint32(kindOf(object));
    this.writeUint32(bytes.length < LARGE ? 0 : this.large.push(bytes));
    if (bytes.length >= LARGE) return;
    this.writeUint32(bytes.length);
    this.writeRawBytes(bytes);
  }

  #writeHandle({ index, kind, early }: HandleRecord): void {
    for (const each of [HANDLE, index, kind, early.length]) this.writeUint32(each);
    this.writeRawBytes(early);
  }
}

class MessageDeserializer extends DefaultDeserializer {
  large: Buffer[] = [];
  revive: ((record: HandleRecord) => object) | undefined;

  // Each view has memory of its own. As v8.deserialize() leaves it, it shows the whole message, or Buffer's pool.
  _readHostObject(): object {
    const kind = this.readUint32();
    if (kind === HANDLE) return this.#readHandle();
    const place = this.readUint32();
    const buffer = place === 0 ? this.#readBytes() : this.#largeBytes(place - 1);
    if (kind === BUFFER) return Buffer.from(buffer);
    return kind === DATA_VIEW ? new DataView(buffer) : new (ARRAYS[kind] as NumbersClass)(buffer);
  }

  #largeBytes(index: number): ArrayBuffer {
    const part = this.large[index] as Buffer;
    // It has no memory of its own: the view was transferred, by a getter of the value's, say.
    if (part.length < LARGE) throw new Error('A view was transferred before it was sent');
    return part.buffer as ArrayBuffer;
  }

  #readHandle(): object {
    const index = this.readUint32();
    const kind = this.readUint32();
    const early = new Uint8Array(this.#readBytes());
    if (this.revive === undefined) throw new Error('There are no descriptors');
    return this.revive({ index, kind, early });
  }

  #readBytes(): ArrayBuffer {
    const { buffer, byteOffset, byteLength } = this.readRawBytes(this.readUint32());
    return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  }
}

function kindOf(view: ArrayBufferView): number {
  if (Buffer.isBuffer(view)) return BUFFER;
  const name = Reflect.get(TypedArray.prototype, Symbol.toStringTag, view) as string | undefined;
  return name === undefined ? DATA_VIEW : NAMES.indexOf(name);
}

onlyInRunners(toMessage);
