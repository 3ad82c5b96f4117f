// What if the parent was reading its standard input? The descriptor is inherited, the reading is not.
import process from 'node:process';
import { handleOf } from './handles.js';

/** Child: as becomeChild() says. Only called where the stream exists and its handle has been stopped: JavaScript has to know of it, too. @internal */
export function forgetStdin(): void {
  const stdin = process.stdin as unknown as {
    _readableState: { reading: boolean; flowing: boolean | null };
  };
  const handle = handleOf(process.stdin);
  if (handle) handle.reading = false;
  stdin._readableState.reading = false;
  // As in a stream that nobody has asked to flow: the child's own first listener starts it.
  stdin._readableState.flowing = null;
}
