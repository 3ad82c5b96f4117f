// How does a child end? By the paths of every Node.js process, up to Node's own clean-up: that is the parent's.
//
// As native/fork/exit.h says. process.exit(), an uncaught exception and an unhandled rejection come through the handler that
// was set there; when the loop has run dry, the last that Node does before its end is to emit 'exit'.
import process from 'node:process';
import { takeCoverage } from 'node:v8';
import { isNaturalEnd } from '../node/natural-end.js';
import { killPastCleanup } from '../node/own-kill.js';
import { onProcess, removeProcessListeners } from '../node/process-events.js';
import { writeProfiles } from './profiles.js';
import { onlyInChildren, onlyInRunners } from './rehearsal.js';
import { native } from '../sys/native.js';

// node::ExitCode::kGenericUserError
const GENERIC_USER_ERROR = 1;

// As they were before the program had a chance to patch them.
const { apply, defineProperty, get } = Reflect;
const { isFrozen } = Object;

type Emit = (this: NodeJS.Process, ...args: unknown[]) => unknown;

let installed = false;
let timesAskedWritten = 0;
let hear: Emit;
const beforeListeners: (() => void)[] = [];

/** What a child does before the listeners of 'beforeExit' and 'exit' hear of them. @internal */
export function beforeExitListeners(step: () => void): void {
  beforeListeners.push(step);
}

/** Child: as becomeChild() says. Only the first time does anything. @internal */
export function exitPastCleanup(): void {
  if (installed || !native.exitsPastCleanup()) return;
  installed = true; // a child of this child has it with the heap
  killPastCleanup(() => {
    writeAsked(true);
  });
  hear = get(process, 'emit') as Emit; // whoever has patched it
  if (defineProperty(process, 'emit', { value: emitAndExit, writable: true, configurable: true, enumerable: false }))
    return;
  listenLast();
}

function emitAndExit(this: NodeJS.Process, ...args: unknown[]): unknown {
  if (args[0] === 'exit') native.noteExitCode(GENERIC_USER_ERROR); // should a listener throw
  if (args[0] === 'exit' || args[0] === 'beforeExit')
    for (let i = 0; i < beforeListeners.length; i++) (beforeListeners[i] as () => void)();
  const heard: unknown = apply(hear, this, args); // all listeners, in whatever order; one that throws is an uncaught exception
  if (args[0] === 'exit') exitOrNote(args[1] as number);
  return heard;
}

// A frozen process keeps its `emit`.
function listenLast(): void {
  onProcess('exit', (code) => {
    exitOrNote(code as number);
  });
}

/** Takes the listeners of 'exit' away, but for what ends this child. @internal */
export function forgetExitListeners(): void {
  removeProcessListeners('exit');
  if (isFrozen(process)) listenLast();
}

/** Puts another function before the program's own in what emits the process's events, given that. @internal */
export function interceptEvents(intercept: (emit: Emit) => Emit): void {
  hear = intercept(hear);
}

// Of process.exit() and an uncaught exception there is more to come: a message, say. Then native/fork/exit.cc ends the process.
function exitOrNote(emitted: number): void {
  if (isNaturalEnd()) exit(emitted);
  writeAsked();
  native.noteExitCode(+(process.exitCode ?? emitted));
}

/**
 * Writes what Node was asked to write at the end of the process: coverage, profiles.
 *
 * @param goesOn - it may not be the end
 * @internal
 */
export function writeAsked(goesOn = false): void {
  if (process.env.NODE_V8_COVERAGE) takeCoverage();
  writeProfiles(goesOn);
  timesAskedWritten++;
}

/** How often that was done: each time makes another file. @internal */
export function timesWritten(): number {
  return timesAskedWritten;
}

/** Ends a child as its natural end does, past Node's clean-up. @internal */
export function exit(emitted: number): never {
  // The value that a listener may have set wins, as it does in Node.
  const { exitCode } = process;
  writeAsked();
  return native.exit(+(exitCode ?? emitted));
}

onlyInChildren(emitAndExit, exitOrNote, isNaturalEnd, exit, killPastCleanup);
onlyInRunners(forgetExitListeners, interceptEvents, writeAsked, timesWritten);
