// What if the child makes a request on a session of node:http2 that its parent has opened, as @grpc/grpc-js does? It would wait
// for ever: a write to the severed connection fails, but node:http2 does not treat that as an error. So the request itself fails, with the error
// of a session that has been destroyed, and its library opens another.
import type http2 from 'node:http2';
import { findSessions, insideOf, type Session } from '../node/http2-sessions.js';
import { loaded, USES } from '../node/loaded.js';
import { codedError } from '../sys/errors.js';

const { apply } = Reflect;
const sizeOf = Reflect.getOwnPropertyDescriptor(Map.prototype, 'size')?.get as (this: Map<unknown, unknown>) => number;

let sessions: Pick<Session, 'request'> | null | undefined; // undefined: not looked for; null: not to be had
let installed = false;
let inherited: { latest: number; kept: readonly number[] };

/** Parent, before the fork. @internal */
export function prepareSessions(): void {
  if (sessions !== undefined) return;
  const module = loaded<typeof http2>('http2', USES.http2);
  if (module) sessions = findSessions(module);
}

/** Child: as becomeChild() says. @param latest - what has a lesser async id is the parent's. @internal */
export function forgetSessions(latest: number, kept: readonly number[]): void {
  inherited = { latest, kept };
  if (!sessions || installed) return;
  installed = true; // a child of this child has it with the heap
  const { request } = sessions;
  sessions.request = function (this: Session, ...args) {
    if (isSevered(this)) refuse(this);
    return apply(request, this, args);
  };
}

function isSevered(session: Session): boolean {
  const { handle } = insideOf(session);
  if (!handle || handle.getAsyncId() >= inherited.latest) return false;
  for (let i = 0; i < inherited.kept.length; i++) if (inherited.kept[i] === handle.fd) return false;
  return true;
}

// The session is really destroyed, so that pools see it, unless streams of the parent's are open, which would see it, too. The
// error is thrown, as in Node 20 and 22: as an error of the stream it reached @grpc/grpc-js before that had dropped the session,
// and again at the next call.
function refuse(session: Session): never {
  const { streams } = insideOf(session);
  if (streams && apply(sizeOf, streams, []) === 0) session.destroy();
  throw codedError(Error, 'ERR_HTTP2_INVALID_SESSION', "The session belongs to this process's parent");
}
