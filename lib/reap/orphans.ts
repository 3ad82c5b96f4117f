// Who reaps the orphans that init, or a subreaper, is given?
import { native } from '../sys/native.js';
import { type DecodedStatus, decodeStatus } from './status.js';

/** How an orphan ended. */
export type OrphanStatus = DecodedStatus & { pid: number };

/**
 * Reaps the children of this process that have ended and that it did not start: the orphans among its descendants, which it
 * inherits as init (pid 1) or as a subreaper. It never blocks, and reaps neither a child of this package, nor one that
 * `child_process` has started in this thread. Do not call it while a Worker uses `child_process`, or another addon starts
 * children: theirs look like orphans.
 *
 * @returns how each ended; empty if none has
 * @throws only `ERR_FORK_UNSUPPORTED_RUNTIME`, where nothing works
 * @see PR_SET_CHILD_SUBREAPER(2const), {@link setChildSubreaper}; examples/supervisor
 * @example
 * ```ts
 * posix.setChildSubreaper();
 * process.on('SIGCHLD', () => posix.reapOrphans());
 * ```
 */
export function reapOrphans(): OrphanStatus[] {
  const numbers = native.reapOrphans();
  const orphans: OrphanStatus[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    orphans.push({ ...decodeStatus(numbers[i + 1] ?? 0), pid: numbers[i] ?? 0 });
  }
  return orphans;
}
