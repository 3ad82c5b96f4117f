// What if a test has replaced the clock (sinon, vitest, jest, node:test)? The package waits by Node's own, as it was when the package
// was loaded: a child that is to be killed after a second is killed, and a task has not taken an hour because a test says so.
//
// The program's own `timeout` is of this kind, too: it is for processes, which no test's clock moves.
import timers from 'node:timers';

/** @internal */
export const { setTimeout, clearTimeout, setImmediate } = timers;

/** In milliseconds. @internal */
export const now = performance.now.bind(performance);
