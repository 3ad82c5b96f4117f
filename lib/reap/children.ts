// Which children has this process started, and what became of them?
import { native } from '../sys/native.js';
import { type ChildStatus, toChildStatus } from './status.js';

/**
 * A child in the table.
 *
 * - `'live'`: it was not reaped yet: it runs, is stopped, or is a zombie that nobody has waited for.
 * - `'reaped'`: `status` is what every wait for this pid gives.
 * - `'lost'`: something else reaped it, and nobody knows how it ended; a wait says `ERR_CHILD_STATUS_LOST`.
 */
export type ChildInfo =
  | { pid: number; state: 'live' }
  | { pid: number; state: 'reaped'; status: ChildStatus }
  | { pid: number; state: 'lost' };

/**
 * Lists the children that this process started through this package, from any thread, oldest first. Those that have ended
 * are remembered until their pid is used again; of these, the last 32,768.
 *
 * @returns a new array; in the child of a fork, an empty one
 * @throws only `ERR_FORK_UNSUPPORTED_RUNTIME`, where nothing works
 * @see wait(2)
 * @example
 * ```ts
 * const pid = posix.spawn('sleep', ['10']);
 * const live = () => posix.children().filter(({ state }) => state === 'live').length;
 * console.log(live()); // prints: 1
 * posix.kill(pid);
 * await posix.waitpid(pid);
 * console.log(live()); // prints: 0
 * ```
 */
export function children(): ChildInfo[] {
  return native.children().map(({ pid, lost, status }) => {
    if (status) return { pid, state: 'reaped', status: toChildStatus(status) };
    return { pid, state: lost ? 'lost' : 'live' };
  });
}
