// What of JavaScript's must change in a child? What Node read once and remembers.

import { leaveWithoutWorkers } from './leave.js';
import { native } from './native.js';
import { forgetWorkers } from './workers.js';

/** Runs first of all JavaScript in the child. @internal */
export function becomeChild(): void {
  // A data property, written when Node started; process.ppid asks the system each time.
  Object.defineProperty(process, 'pid', { value: native.getpid() });
  leaveWithoutWorkers();
  forgetWorkers();
}
