// Whose exit hooks run in forkRun's child? Those that `main` registered, however it did, and none of the parent's.
//
// Most are listeners of 'exit'. Some libraries put a function of theirs in the place of process.emit instead, and keep a list
// of their own: signal-exit does, by which others release locks, remove temporary files and end processes.
import { EventEmitter } from 'node:events';
import { forgetExitListeners, interceptEvents } from '../child/exit.js';
import { removeProcessListeners } from '../node/process-events.js';

// As they were before the program had a chance to patch them.
const { apply, get } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to an emitter
const { emit, removeAllListeners } = EventEmitter.prototype;

/**
 * Child, before `main`: the parent's are not the child's. Whoever patched process.emit before the fork has the parent in mind,
 * who patches it from here on, the child.
 *
 * @internal
 */
export function forgetExitHooks(): void {
  forgetExitListeners();
  removeProcessListeners('beforeExit');
  forgetSignalExit();
  interceptEvents(
    (patched) =>
      function (this: NodeJS.Process, ...args: unknown[]): unknown {
        // What `main` itself gives to signal-exit, that has to call.
        const parents = args[0] === 'exit' && !hasSignalExit();
        return apply(parents ? emit : patched, this, args);
      },
  );
}

/** Child, after `main`, by whatever path it is not through process.exit(). @internal */
export function emitExit(code: number): void {
  apply(get(process, 'emit') as typeof emit, process, ['exit', code]);
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
