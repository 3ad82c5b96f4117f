// What works in this process, and why not the rest?
import { prepareTimers } from './child/timers.js';
import { native, unsupported } from './native.js';

/** What {@link support} finds. */
export interface SupportReport {
  /**
   * - `'full'`: the child of `fork()` is a whole Node.js process.
   * - `'bare'`: only `fork({ runtime: 'bare' })` works, whose child may exec or `_exit`.
   * - `'unsupported'`: nothing works here.
   */
  fork: 'full' | 'bare' | 'unsupported';
  /** Why `fork` is not `'full'`; empty if it is. */
  reasons: string[];
  /** What of its parent's a child would have here though it should not; empty if there is nothing. */
  leaks: string[];
}

/**
 * Tells what works in this process. Never throws.
 *
 * @returns a report; the same for the life of the process
 * @example
 * ```ts
 * if (posix.support().fork !== 'full') console.error(posix.support().reasons.join('\n'));
 * ```
 */
export function support(): SupportReport {
  if (unsupported !== undefined) return { fork: 'unsupported', reasons: [unsupported], leaks: [] };
  const reasons = native.forkSupport();
  const timers = prepareTimers();
  return { fork: reasons.length === 0 ? 'full' : 'bare', reasons, leaks: timers === undefined ? [] : [timers] };
}
