// How does a socket or a server get from one process to the other? Its descriptor is sent by SCM_RIGHTS (unix(7)). In the clone,
// a record in its place says what to make of the descriptor.
import { Server, Socket } from 'node:net';
import { types } from 'node:util';
import { descriptorOf } from '../fork/keep.js';
import { handleOf, isOfPlainSocket } from '../node/handles.js';
import { onlyThese } from '../node/stream-options.js';
import { invalidValue } from '../sys/validate.js';
import type { HandleRecord } from './message.js';

const SERVER = 1;
const ALLOW_HALF_OPEN = 2;
const PAUSE_ON_CONNECT = 4;

/** A value with sockets or servers in it. @internal */
export interface WithHandles {
  /** The same, with views in their places. */
  value: unknown;
  records: Map<ArrayBufferView, HandleRecord>;
  fds: number[];
  /** The sockets are the other process's now: closes them here, which says nothing to their peers. */
  handedOver(): void;
  /** They are not: gives back to them what had been read. */
  kept(): void;
}

/**
 * Undefined if there are none. Looked for where a clone looks: in properties, elements and entries.
 *
 * @throws `ERR_INVALID_ARG_VALUE` for one that cannot go. @internal
 */
export function findHandles(value: unknown, name: string): WithHandles | undefined {
  const search = new Search(name);
  const copy = search.copy(value);
  const { records, fds, sockets } = search;
  if (records.size === 0) return undefined;
  return {
    value: copy,
    records,
    fds,
    handedOver: () => {
      for (const { socket } of sockets) socket.destroy();
    },
    kept: () => {
      for (const { socket, early } of sockets) if (early.length > 0) socket.unshift(early);
    },
  };
}

class Search {
  readonly records = new Map<ArrayBufferView, HandleRecord>();
  readonly fds: number[] = [];
  readonly sockets: { socket: Socket; early: Buffer }[] = [];
  readonly #name: string;
  readonly #copies = new Map<object, unknown>();

  constructor(name: string) {
    this.#name = name;
  }

  copy(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return value;
    if (!this.#copies.has(value)) this.#copyNew(value);
    return this.#copies.get(value);
  }

  #copyNew(value: object): void {
    if (value instanceof Socket || value instanceof Server) this.#copies.set(value, this.#replace(value));
    else if (types.isMap(value)) this.#copyMap(value);
    else if (types.isSet(value)) this.#copySet(value);
    else if (isPlain(value)) this.#copyProperties(value);
    else this.#copies.set(value, value);
  }

  #copyMap(map: Map<unknown, unknown>): void {
    const copy = new Map();
    this.#copies.set(map, copy);
    for (const [key, part] of map) copy.set(this.copy(key), this.copy(part));
  }

  #copySet(set: Set<unknown>): void {
    const copy = new Set();
    this.#copies.set(set, copy);
    for (const part of set) copy.add(this.copy(part));
  }

  #copyProperties(object: object): void {
    const copy: object = Array.isArray(object) ? Object.assign([], { length: object.length }) : {};
    this.#copies.set(object, copy);
    for (const [key, part] of Object.entries(object)) {
      Object.defineProperty(copy, key, {
        value: this.copy(part),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }

  #replace(object: Socket | Server): ArrayBufferView {
    const place = new DataView(new ArrayBuffer(0));
    const index = this.fds.push(handleFd(object, this.#name)) - 1;
    const { allowHalfOpen, pauseOnConnect } = object as { allowHalfOpen?: boolean; pauseOnConnect?: boolean };
    let kind = (allowHalfOpen ? ALLOW_HALF_OPEN : 0) | (pauseOnConnect ? PAUSE_ON_CONNECT : 0);
    let early: Buffer = Buffer.alloc(0);
    if (object instanceof Socket) {
      early = earlyOf(object);
      this.sockets.push({ socket: object, early });
    } else {
      kind |= SERVER;
    }
    this.records.set(place, { index, kind, early });
    return place;
  }
}

// Of a class of the program's a clone takes the properties, too. Errors, dates, buffers and the like have no sockets in them.
function isPlain(object: object): boolean {
  if (Array.isArray(object)) return true;
  return Object.prototype.toString.call(object) === '[object Object]' && !types.isExternal(object);
}

function handleFd(object: Socket | Server, name: string): number {
  const fd = descriptorOf(object, name);
  const handle = handleOf(object);
  // TLS has a state that no descriptor has; a terminal is no socket.
  if (!handle || !isOfPlainSocket(handle))
    throw invalidValue(name, object, 'has a socket that cannot go to another process: only TCP and Unix sockets can');
  if (object instanceof Socket && object.writableLength > 0)
    throw invalidValue(name, object, "has a socket with output that has yet to be sent: wait for its 'drain'");
  return fd;
}

// What Node has read ahead. Nothing of it is lost if nobody listens for 'data'.
function earlyOf(socket: Socket): Buffer {
  socket.pause();
  const data = socket.readableLength > 0 ? (socket.read() as Buffer | string | null) : null;
  if (data === null) return Buffer.alloc(0);
  return typeof data === 'string' ? Buffer.from(data, socket.readableEncoding ?? 'utf8') : data;
}

/** What a record says, with its descriptor in this process. @internal */
export function revive({ kind, early }: HandleRecord, fd: number): Socket | Server {
  const allowHalfOpen = (kind & ALLOW_HALF_OPEN) !== 0;
  if (kind & SERVER) {
    return new Server(onlyThese({ allowHalfOpen, pauseOnConnect: (kind & PAUSE_ON_CONNECT) !== 0 })).listen(
      onlyThese({ fd }),
    );
  }
  const socket = new Socket(onlyThese({ fd, allowHalfOpen, readable: true, writable: true }));
  if (early.length > 0) socket.unshift(early);
  return socket;
}
