// Which descriptors and timers belong to what the caller wants to keep?
import type { Socket as DatagramSocket } from 'node:dgram';
import { fstatSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Kept } from '../child/timers.js';
import { handleOf, timersOf } from '../node/handles.js';
import { invalidType, invalidValue, isArray, validateInteger, MAX_INT } from '../sys/validate.js';

/** What `keep` takes. `Server` includes `http.Server`, `https.Server` and `tls.Server`. */
export type Keepable = Server | Socket | DatagramSocket | number;

// docs/beside-workers.md has the evidence.
const NO_WORKERS =
  'is a Worker, and threads do not come along into a child: start another Worker there, or have the work done by a fork server or ' +
  'before the fork';

/** @internal */
export function resolveKept(keep: unknown): Kept {
  const fds: number[] = [];
  const timers = new Set<unknown>();
  if (!isKeep(keep)) throw invalidType('options.keep', 'an iterable of servers, sockets and descriptors', keep);
  let i = 0;
  for (const each of keep) {
    const name = `options.keep[${i++}]`;
    if (typeof each === 'number') {
      validateInteger(each, name, 0, MAX_INT);
      validateOpen(each, name);
      fds.push(each);
    } else {
      fds.push(descriptorOf(each, name));
      // An HTTP server's look for stale connections, a socket's time-out.
      for (const timer of timersOf(each)) timers.add(timer);
    }
  }
  return { fds, timers };
}

/** @internal */
export function isKeep(keep: unknown): keep is Iterable<Keepable> {
  if (keep === null || typeof keep !== 'object' || isArray(keep) === undefined) return false;
  return typeof (keep as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}

/** @throws if it is no socket or server, or has no descriptor now. @internal */
export function descriptorOf(object: unknown, name: string): number {
  if (object === null || typeof object !== 'object') {
    throw invalidType(name, 'a server, a socket or a descriptor', object);
  }
  if (object instanceof Worker) throw invalidValue(name, { threadId: object.threadId }, NO_WORKERS);
  const handle = handleOf(object);
  if (handle === undefined) throw invalidType(name, 'a server, a socket or a descriptor', object);
  const fd: unknown = handle !== null && typeof handle === 'object' && 'fd' in handle ? handle.fd : undefined;
  if (Number.isInteger(fd) && (fd as number) >= 0 && (fd as number) <= MAX_INT) return fd as number;
  throw invalidValue(
    name,
    object,
    "has no open descriptor in this process (a server has one from 'listening' to close())",
  );
}

/** @internal */
export function validateOpen(fd: number, name: string): void {
  try {
    fstatSync(fd);
  } catch {
    throw invalidValue(name, fd, 'is not open');
  }
}
