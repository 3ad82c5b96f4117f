// Whose exit hooks run in forkRun's child? Those that `main` registered, however it did, and none of the parent's.
//
// Most are listeners of 'exit'. Some libraries put a function of theirs in the place of process.emit instead, and keep a list
// of their own: signal-exit does, by which others release locks, remove temporary files and end processes.
import { EventEmitter } from 'node:events';

// As they were before the program had a chance to patch them.
const { apply, get } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to an emitter
const { emit, removeAllListeners } = EventEmitter.prototype;

let atFork: unknown; // process.emit

/** Child, before `main`: the parent's are not the child's. @internal */
export function forgetExitHooks(): void {
  apply(removeAllListeners, process, ['exit']);
  apply(removeAllListeners, process, ['beforeExit']);
  forgetSignalExit();
  atFork = get(process, 'emit');
}

/** Child, after `main`. Whoever patched process.emit before the fork has the parent in mind, who patched it since, the child. @internal */
export function emitExit(code: number): void {
  const patched = get(process, 'emit') as typeof emit;
  apply(patched === atFork && !hasSignalExit() ? emit : patched, process, ['exit', code]);
}

// signal-exit 3 has an EventEmitter, signal-exit 4 an object with lists of functions: dist/cjs/index.js of the package.
const VERSION_4 = Symbol.for('signal-exit emitter');
const EVENTS = ['exit', 'afterExit', 'afterexit'];

interface Hooks {
  listeners?: Record<string, unknown[]>;
}

function signalExits(): Hooks[] {
  const found = [get(process, '__signal_exit_emitter__'), get(globalThis, VERSION_4)] as (Hooks | undefined)[];
  return found.filter((each) => typeof each === 'object');
}

function forgetSignalExit(): void {
  for (const hooks of signalExits()) {
    for (const event of EVENTS) {
      if (typeof hooks.listeners === 'function') apply(removeAllListeners, hooks, [event]);
      else if (hooks.listeners?.[event]) hooks.listeners[event].length = 0;
    }
  }
}

function hasSignalExit(): boolean {
  return signalExits().length > 0;
}
