// Whose exit hooks run in forkRun's child? Those that `main` registered, however it did, and none of the parent's.
//
// Most are listeners of 'exit'. Some libraries put a function of theirs in the place of process.emit and process.reallyExit
// instead, and keep a list of their own: signal-exit does, by which others release locks, remove temporary files and end processes.
import process from 'node:process';
import { EventEmitter } from 'node:events';
import { onlyInRunners } from '../child/rehearsal.js';
import { exit, forgetExitListeners, interceptEvents } from '../child/exit.js';
import { removeProcessListeners } from '../node/process-events.js';

// As they were before the program had a chance to patch them.
const { apply, defineProperty, get } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to an emitter
const { emit, removeAllListeners } = EventEmitter.prototype;

/**
 * Child, before `main`: the parent's are not the child's. A patch of process.emit from before the fork is meant for the parent, one
 * that is made from here on for the child.
 *
 * @internal
 */
export function forgetExitHooks(): void {
  forgetExitListeners();
  removeProcessListeners('beforeExit');
  forgetSignalExit();
  interceptEvents(emitOwnExit);
  forgetReallyExit();
}

type Emit = (this: NodeJS.Process, ...args: unknown[]) => unknown;

function emitOwnExit(patched: Emit): Emit {
  return function (this: NodeJS.Process, ...args: unknown[]): unknown {
    if (args[0] !== 'exit') return apply(patched, this, args);
    const heard = apply(emit, this, args as [string]);
    emitSignalExit();
    return heard;
  };
}

// What process.exit() calls in the end, so that a program can put something before it. What it put there before the fork is for the
// parent; Node's own is taken if it was still there when this package was loaded.
const { reallyExit } = process as unknown as { reallyExit: (code?: unknown) => never };
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a function
const { toString } = Function.prototype;
const isNodes = (value: unknown): boolean => apply(toString, value, []) === 'function reallyExit() { [native code] }';

function forgetReallyExit(): void {
  if (isNodes(get(process, 'reallyExit'))) return;
  const own = function (code?: unknown): never {
    emitSignalExit(); // main may have called this itself
    if (isNodes(reallyExit)) apply(reallyExit, process, [code]);
    process.exitCode = code as number;
    return exit(0);
  };
  defineProperty(process, 'reallyExit', { value: own, writable: true, configurable: true, enumerable: true });
}

/** Child, after `main`, by whatever path it is not through process.exit(). @internal */
export function emitExit(code: number): void {
  apply(get(process, 'emit') as typeof emit, process, ['exit', code]);
}

// signal-exit 3 has an EventEmitter, signal-exit 4 an object with lists of functions: dist/cjs/index.js of the package.
const VERSION_4 = Symbol.for('signal-exit emitter');
const EVENTS = ['exit', 'afterExit', 'afterexit'];

interface Hooks {
  emitted?: Record<string, boolean>;
  emit?(event: string, code: unknown, signal: null): unknown;
  listeners?: Record<string, unknown[]>;
}

function signalExits(): Hooks[] {
  const found = [get(process, '__signal_exit_emitter__'), get(globalThis, VERSION_4)] as (Hooks | undefined)[];
  const there: Hooks[] = [];
  for (let i = 0; i < found.length; i++) if (typeof found[i] === 'object') there[there.length] = found[i] as Hooks;
  return there;
}

function forgetSignalExit(): void {
  for (const hooks of signalExits()) {
    for (const event of EVENTS) {
      if (typeof hooks.listeners === 'function') apply(removeAllListeners, hooks, [event]);
      else if (hooks.listeners?.[event]) hooks.listeners[event].length = 0;
    }
  }
}

// What `main` itself has given to it, once, and as it does (`emitted` of version 3; that of version 4 sees to it by itself).
function emitSignalExit(): void {
  const found = signalExits();
  for (let i = 0; i < found.length; i++) {
    const hooks = found[i] as Hooks;
    const events = typeof hooks.listeners === 'function' ? ['exit', 'afterexit'] : ['exit'];
    for (let k = 0; k < events.length; k++) {
      const event = events[k] as string;
      if (hooks.emitted?.[event]) continue;
      if (events.length > 1 && hooks.emitted) hooks.emitted[event] = true;
      hooks.emit?.(event, process.exitCode, null);
    }
  }
}

onlyInRunners(
  ...[forgetExitHooks, emitOwnExit, emitOwnExit(emit), forgetReallyExit, emitExit],
  ...[signalExits, forgetSignalExit, emitSignalExit, removeAllListeners],
);
