// What of JavaScript's must change in a child? What Node read once and remembers, and what waits for the parent's events.
import { leaveWithoutWorkers } from '../leave.js';
import { native } from '../native.js';
import { leaveChannel } from './channel.js';
import { leaveConnections } from './connections.js';
import { leaveWithoutCleanup } from './leave.js';
import { refreshRandomness } from './random.js';
import { stopReadingStdin } from './stdin.js';
import { clearTimers, type Kept } from './timers.js';

/** What a child is to be. @internal */
export interface Childhood {
  /** The child may only exec or `_exit`. */
  bare: boolean;
  /** `inherit: 'all'`. */
  inheritAll: boolean;
  /** Whose descriptors and timers stay. */
  kept: Kept;
}

const onBecoming: (() => void)[] = [];

/** Registers what in another file of this package is the parent's alone; for a bare child, too. @internal */
export function whenChild(forget: () => void): void {
  onBecoming.push(forget);
}

/** Runs first of all JavaScript in the child. @internal */
export function becomeChild({ bare, inheritAll, kept }: Childhood): void {
  // A data property, written when Node started; process.ppid asks the system each time.
  Object.defineProperty(process, 'pid', { value: native.getpid() });
  for (const forget of onBecoming) forget();
  if (bare) return;
  leaveWithoutWorkers();
  refreshRandomness();
  if (inheritAll) return;
  clearTimers(kept);
  leaveChannel();
  leaveConnections(kept.fds);
  if (native.stdinWasStopped()) stopReadingStdin();
  leaveWithoutCleanup();
}
