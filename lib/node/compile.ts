// How is a function compiled without running it? V8 compiles a function when it is first called; native/node/compile.cc calls it,
// and makes it end before its first statement.
import { isMainThread } from 'node:worker_threads';
import { native } from '../sys/native.js';

/** @internal */
export type AnyFunction = (...args: never[]) => unknown;

let works: boolean | undefined; // undefined: not looked at yet

/**
 * False where it cannot be done now: beside another thread that may terminate what runs here (those of node:vm are looked for),
 * whose termination would be lost; or while a debugger is told of a break. V8 postpones a termination there, so each time a
 * function that does nothing goes first. @internal
 */
export function compile(functions: readonly AnyFunction[]): boolean {
  return knowsCompiling() && works === true && native.compile(callTerminated, [doNothing, ...functions]);
}

/** False if functions would run. Not tried in a Worker, which may be about to be terminated. @internal */
export function knowsCompiling(): boolean {
  if (works === undefined && isMainThread) {
    const seen = { ran: false };
    const runs = () => {
      seen.ran = true;
    };
    if (native.compile(callTerminated, [runs])) works = true;
    else if (seen.ran) works = false;
  }
  return works !== false;
}

function doNothing(): void {
  // It is called, to see that it does not run.
}

// JavaScript cannot catch a termination. But with --abort-on-uncaught-exception V8 ends the process where there is no `catch`.
function callTerminated(called: AnyFunction): void {
  try {
    native.terminateNext();
    called();
  } catch {
    // Not reached.
  }
}
