// Has the end begun? From the process's (or the Worker's) `exit` event on, nothing new starts.
import process from 'node:process';
import { codedError } from '../sys/errors.js';

/**
 * Node sets it right before the first listener is called, on every path (lib/internal/process/per_thread.js); a listener of
 * ours could be removed, or come after the user's. @internal
 */
export function isExiting(): boolean {
  return (process as { _exiting?: boolean })._exiting === true;
}

/**
 * Throws if the `exit` event is being, or has been, emitted: its listeners cannot wait for anything, and a process that
 * is started now would be left alone.
 *
 * @param what - what was about to start, as the user knows it: `'fork()'`
 * @throws `ERR_FORK_AT_EXIT`
 * @internal
 */
export function assertNotExiting(what: string): void {
  if (!isExiting()) return;
  throw codedError(
    Error,
    'ERR_FORK_AT_EXIT',
    `${what} cannot be called once the process is exiting (from its 'exit' event on)`,
    assertNotExiting,
  );
}
