// What lies behind a socket, a server or a stream? The handle of libuv's that Node's C++ wraps.
import process from 'node:process';

// As they were before the program had a chance to patch them.
const { apply, getOwnPropertyDescriptor, ownKeys } = Reflect;
const { isArray } = Array;
const getActiveHandles = (process as unknown as { _getActiveHandles?: () => unknown })._getActiveHandles;
const describe = getOwnPropertyDescriptor(Symbol.prototype, 'description')?.get as (this: symbol) => string | undefined;

/** What the package uses of a handle. @internal */
export interface Handle {
  fd?: number;
  reading?: boolean;
  getAsyncId?(): number;
  readStop?(): unknown;
  unref?(): void;
  hasRef?(): boolean;
  close(): void;
}

/** Undefined if the object is none of Node's; null if it is closed, or was not opened yet. @internal */
export function handleOf(object: object): Handle | null | undefined {
  // A datagram socket's `_handle` warns of its deprecation; its state is under a symbol.
  const keys = ownKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key !== 'symbol' || apply(describe, key, []) !== 'state symbol') continue;
    const state = getOwnPropertyDescriptor(object, key)?.value as { handle?: Handle | null } | undefined;
    if (state !== undefined) return state.handle;
  }
  return '_handle' in object ? (object._handle as Handle | null | undefined) : undefined;
}

/** Whether it is of node:net: a TCP connection or a Unix socket, and not one of TLS, or a terminal. @internal */
export function isOfPlainSocket(handle: Handle): boolean {
  return ['TCP', 'Pipe'].includes(handle.constructor.name);
}

/** Child. Takes from a watcher of `fs.watchFile()` what looks at the file: without it Node has no more to stop. @internal */
export function takeHandle(watcher: object): unknown {
  const { _handle: handle } = watcher as { _handle: unknown };
  (watcher as { _handle: unknown })._handle = null;
  return handle;
}

const CONNECT = ['bind', 'bind6', 'connect', 'connect6'] as const;

/** Child. It stays as one that is connecting, without a descriptor. @internal */
export function neverConnect(handle: Handle): void {
  for (let i = 0; i < CONNECT.length; i++)
    (handle as unknown as Record<string, unknown>)[CONNECT[i] as string] = success;
}

function success(): number {
  return 0;
}

/** The timers that a socket or a server has in its properties. @internal */
export function timersOf(object: object): unknown[] {
  return ownKeys(object)
    .map((key) => getOwnPropertyDescriptor(object, key)?.value as unknown)
    .filter((value) => value !== null && typeof value === 'object' && '_onTimeout' in value);
}

/** What keeps this thread's loop alive; undefined where Node does not say. @internal */
export function activeHandles(): unknown[] | undefined {
  const handles = typeof getActiveHandles === 'function' ? apply(getActiveHandles, process, []) : undefined;
  return isArray(handles) ? handles : undefined;
}
