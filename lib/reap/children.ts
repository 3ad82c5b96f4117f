// Which children has this process started, and what became of them?
import { native } from '../sys/native.js';
import { type ChildStatus, toChildStatus } from './status.js';

/**
 * A child that this package has started.
 *
 * - `'live'`: not reaped yet. It runs, is stopped, or is a zombie.
 * - `'reaped'`: it has ended; every wait for this pid returns `status`.
 * - `'lost'`: something else reaped it, so its status is unknown; a wait rejects with `ERR_CHILD_STATUS_LOST`.
 */
export type ChildInfo =
  | { pid: number; state: 'live' }
  | { pid: number; state: 'reaped'; status: ChildStatus }
  | { pid: number; state: 'lost' };

/**
 * Lists the children that this process has started through this package, from any thread, oldest first. Those that have ended
 * stay in the list until their pid is used again; at most the last 32,768 of them.
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
