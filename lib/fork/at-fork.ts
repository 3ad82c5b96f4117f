// What happens around a fork, in which order, and what if some of it fails?
import { inspect, types } from 'node:util';
import { writeSync } from 'node:fs';
import { onlyInChildren } from '../child/rehearsal.js';
import { setImmediate } from '../sys/clock.js';
import { codedError } from '../sys/errors.js';
import { native } from '../sys/native.js';
import { filesBelow } from '../sys/stack.js';
import { invalidType, invalidValue, unknownOption, validateObject } from '../sys/validate.js';

/** Functions that run around each fork: see {@link registerAtFork}. */
export interface AtForkHandlers {
  /** Runs in the parent, before the fork. If it throws, nothing is forked. */
  before?: () => void;
  /** Runs in the parent, after the fork, also after one that has failed. */
  afterInParent?: () => void;
  /** Runs in the child, before `fork()` returns there. If it throws, the child ends with code 1. */
  afterInChild?: () => void;
}

type Phase = keyof AtForkHandlers;
const PHASES: readonly Phase[] = ['before', 'afterInParent', 'afterInChild'];

const registered: AtForkHandlers[] = [];
let running: Phase | undefined;

/**
 * Registers functions that run around every `fork()` and `forkRun()`, like `pthread_atfork(3)` and Python's
 * `os.register_at_fork`: `before` in the reverse order of registration, the other two in that order. Use them to hold a lock
 * during the fork: take it in `before`, release it in both others.
 *
 * They must be synchronous, and stay registered in the child. They do not run for forks by other native code (`child_process`,
 * another addon), which run native `pthread_atfork` handlers only, nor for those by another copy of this package.
 *
 * @returns a disposable that unregisters them: use `using`, or call `[Symbol.dispose]()`
 * @throws `ERR_INVALID_ARG_TYPE`; `ERR_INVALID_ARG_VALUE` for an async function
 * @see pthread_atfork(3)
 * @example
 * ```ts
 * let log = fs.openSync('log', 'a');
 * posix.registerAtFork({
 *   before: () => fs.fsyncSync(log),
 *   afterInChild: () => (log = fs.openSync(`log.${process.pid}`, 'a')),
 * });
 * ```
 */
export function registerAtFork(handlers: AtForkHandlers): Disposable {
  validateObject(handlers, 'handlers');
  const own = Object.create(null) as AtForkHandlers; // what was checked is what runs
  for (const phase of PHASES) {
    const handler: unknown = handlers[phase];
    // They may be methods of a class. What every object inherits is no handler.
    if (handler === undefined || (handler === Object.prototype[phase as never] && !Object.hasOwn(handlers, phase)))
      continue;
    if (typeof handler !== 'function') throw invalidType(`handlers.${phase}`, 'of type function', handler);
    if (types.isAsyncFunction(handler) || types.isGeneratorFunction(handler))
      throw invalidValue(`handlers.${phase}`, handler, 'must be synchronous: a fork does not wait for promises');
    own[phase] = () => {
      refusePromise(phase, Reflect.apply(handler, handlers, []));
    };
  }
  // An object of a class may have other methods, too.
  const prototype: unknown = Object.getPrototypeOf(handlers);
  const others = prototype === Object.prototype || prototype === null ? Object.keys(handlers) : [];
  for (const name of others) {
    const value: unknown = Reflect.get(handlers, name);
    if (value !== undefined && !(name in own)) throw unknownOption(`handlers.${name}`, name, value, PHASES);
  }
  if (PHASES.every((phase) => own[phase] === undefined))
    throw invalidValue('handlers', handlers, `must have at least one of: ${PHASES.join(', ')}`);
  registered.push(own);
  const dispose = () => {
    const index = registered.indexOf(own);
    if (index >= 0) registered.splice(index, 1);
  };
  return { [Symbol.dispose]: dispose };
}

/**
 * Runs `forkNow` between the handlers. @internal
 *
 * @param builtIn - the package's own share, nearest to the fork: its `before` last, its `after…` first
 */
export function forkBetweenHandlers(forkNow: () => number, builtIn: AtForkHandlers): number {
  if (running !== undefined && isInHandler())
    throw codedError(
      Error,
      'ERR_FORK_IN_HANDLER',
      `fork() was called by an at-fork handler (${running}). Nothing was forked`,
    );
  // As they are now: a handler may unregister itself. (By index here and below: the program may have changed what is built in.)
  const handlers = [builtIn];
  for (let i = 0; i < registered.length; i++) handlers[i + 1] = registered[i] as AtForkHandlers;
  const begun: AtForkHandlers[] = [];
  let pid: number;
  try {
    // What comes last in the parent's list ran first: with the built-in ones at the end of `before`.
    for (let i = handlers.length - 1; i >= 0; i--) {
      run('before', handlers[i] as AtForkHandlers);
      begun[begun.length] = handlers[i] as AtForkHandlers;
    }
    pid = forkNow();
  } catch (error) {
    begun.reverse();
    runInParent(begun);
    throw error;
  }
  if (pid === 0) {
    runInChild(handlers);
  } else {
    runInParent(handlers);
  }
  return pid;
}

// A timeout of node:vm ends a handler without a `finally`: then what is still noted as running is not on the stack any more.
function isInHandler(): boolean {
  return filesBelow(forkBetweenHandlers).includes(__filename);
}

function run(phase: Phase, handlers: AtForkHandlers): void {
  running = phase;
  try {
    handlers[phase]?.();
  } finally {
    running = undefined;
  }
}

// There is a child already, or the error of `before` to tell: what goes wrong here must not hide either.
function runInParent(handlers: AtForkHandlers[]): void {
  for (let i = 0; i < handlers.length; i++) {
    try {
      run('afterInParent', handlers[i] as AtForkHandlers);
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  }
}

onlyInChildren(runInChild);

// The caller of fork() must not get to see it: nothing says that it could go on, and its `catch` would be the parent's.
function runInChild(handlers: AtForkHandlers[]): void {
  try {
    for (let i = 0; i < handlers.length; i++) run('afterInChild', handlers[i] as AtForkHandlers);
    native.restartVmThreads(); // no timeout of node:vm stops a handler: nothing here would catch that
  } catch (error) {
    try {
      writeSync(2, `posix-fork: an afterInChild handler failed, so the child ends:\n${inspect(error)}\n`);
    } finally {
      native._exit(1);
    }
  }
}

function refusePromise(phase: Phase, result: unknown): void {
  if (result === null || typeof result !== 'object' || typeof (result as { then?: unknown }).then !== 'function')
    return;
  // Its rejection would be reported far from here, if at all.
  if (types.isPromise(result)) result.catch(() => undefined);
  throw codedError(
    TypeError,
    'ERR_INVALID_RETURN_VALUE',
    `The at-fork handler '${phase}' returned a promise. It must be synchronous: a fork does not wait for promises`,
  );
}
