// What if the child's loop runs dry while its parent was in the middle of a write? Node then frees its environment, and waits
// for all requests that it has counted: also for the parent's, which were taken away and never end. process.exit() does
// not wait, so such a child leaves that way, after the listeners of 'exit'.
import { native } from '../sys/native.js';

let installed = false;

/** @internal */
export function leaveWithoutCleanup(): void {
  if (installed) process.off('exit', leave);
  installed = native.requestsWereForgotten();
  if (installed) process.on('exit', leave);
}

function leave(this: NodeJS.Process, code: number): void {
  const listeners = process.rawListeners('exit');
  for (const listener of listeners.slice(listeners.indexOf(leave) + 1)) Reflect.apply(listener, process, [code]);
  (process as unknown as { reallyExit(code: unknown): never }).reallyExit(process.exitCode ?? code);
}
