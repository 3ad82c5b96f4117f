// What does a client's session of node:http2 look like from inside (lib/internal/http2/core.js)? Its class is exported by nobody,
// but connect() sees it; a session has its socket and its streams behind symbols.
import type http2 from 'node:http2';
import { Inspection } from './inspect-scope.js';

/** @internal */
export type Session = http2.ClientHttp2Session;

interface Inside {
  /** Undefined once the session is destroyed, and where the program brought a stream of its own. */
  handle: { fd?: number; getAsyncId(): number } | null | undefined;
  /** Those that are open, by id. */
  streams: Map<number, unknown> | undefined;
}

const { apply, getOwnPropertyDescriptor, ownKeys } = Reflect;
const describe = getOwnPropertyDescriptor(Symbol.prototype, 'description')?.get as (this: symbol) => string | undefined;

/** The prototype of all sessions; null where it is not found. Takes some milliseconds. @internal */
export function findSessions({ connect }: typeof http2): Pick<Session, 'request'> | null {
  try {
    const name = 'ClientHttp2Session';
    const found = Inspection.run((inspection) => inspection.scopeOf(connect, [name])).get(name);
    const { prototype } = found as { prototype: Pick<Session, 'request'> };
    return typeof prototype.request === 'function' ? prototype : null;
  } catch {
    return null;
  }
}

/** @internal */
export function insideOf(session: Session): Inside {
  const socket = behind(session, 'socket') as { _handle: Inside['handle'] } | undefined;
  const state = behind(session, 'state') as { streams: Inside['streams'] } | undefined;
  return { handle: socket?._handle, streams: state?.streams };
}

function behind(session: Session, name: string): unknown {
  const keys = ownKeys(session);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === 'symbol' && apply(describe, key, []) === name)
      return (session as unknown as Record<symbol, unknown>)[key];
  }
  return undefined;
}
