// Does the child connect sockets of its parent's? Node calls connect(2) a tick after net.connect(), and who has queued it may have
// forked: without the first half of this file the child sends the parent's request, too.
//
// What if the child writes to a socket of its parent's that has no 'error' listener? The write fails with EPIPE, so that a
// library learns at once that the connection does not work. Without a listener that error would end the process, for a line that
// does no harm in the parent. So whoever listens hears of it (a listener of 'error',
// the callback of the write, a pipeline), and nobody else.
import { Socket } from 'node:net';
import { type Handle, handleOf, neverConnect } from '../node/handles.js';
import { onlyInChildren } from './rehearsal.js';

const { apply } = Reflect;
const NOT_OPEN = -1;

interface Severable {
  on(event: string, listener: () => void): unknown;
}
type Destroy = (this: Severable, error: (Error & { code?: string }) | null, callback: unknown) => unknown;

let installed = false;
let inherited: { latest: number; kept: readonly number[] };

let unconnected: Handle[] = [];

/** Parent, before the fork. @param active - what keeps its loop alive. @internal */
export function prepareSockets(active: readonly unknown[]): void {
  const connecting = active.filter((each) => each instanceof Socket && each.connecting) as Socket[];
  unconnected = connecting.map(handleOf).filter((handle) => handle?.fd === NOT_OPEN) as Handle[];
}

/** Child. @param latest - what has a lesser async id is the parent's. @internal */
export function forgetSockets(latest: number, kept: readonly number[]): void {
  for (let i = 0; i < unconnected.length; i++) neverConnect(unconnected[i] as Handle);
  inherited = { latest, kept };
  const { prototype } = Socket as unknown as { prototype: { _destroy?: Destroy } };
  const destroy = prototype._destroy;
  if (installed || typeof destroy !== 'function') return;
  installed = true; // a child of this child has it with the heap
  prototype._destroy = function _destroy(error, callback) {
    if (error?.code === 'EPIPE' && isSevered(this)) this.on('error', noop);
    return apply(destroy, this, [error, callback]);
  };
}

// (Node's standard streams have a _destroy() of their own.)
function isSevered(socket: Severable): boolean {
  const handle = handleOf(socket);
  if (!handle?.getAsyncId || handle.getAsyncId() >= inherited.latest) return false;
  for (let i = 0; i < inherited.kept.length; i++) if (inherited.kept[i] === handle.fd) return false;
  return true;
}

function noop(): void {
  // Whoever listens hears of it, too, also who begins after the write.
}

onlyInChildren(neverConnect);
