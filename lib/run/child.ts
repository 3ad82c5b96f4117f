// What does forkRun's child do? It runs `main`, sends what came of it through a pipe, and exits.
//
// What it has posted through its port and has yet to send goes last: the end of the pipe tells the parent to take all of it.
import process from 'node:process';
import { closeSync } from 'node:fs';
import { onlyInRunners } from '../child/rehearsal.js';
import { timesWritten, writeAsked } from '../child/exit.js';
import { outputInUse } from '../child/standard-streams.js';
import { whenChild } from '../child/when-child.js';
import { inThisContext, OF_SETTLING, settle, unseen } from '../node/async-hooks.js';
import { onProcess, removeProcessListeners } from '../node/process-events.js';
import { type Changed, findChanged, withBuiltIns } from '../sys/built-ins.js';
import { native } from '../sys/native.js';
import { isThenable } from '../sys/thenable.js';
import { ForkPort, flushAll } from './port.js';
import { emitExit, forgetExitHooks } from './exit-hooks.js';
import { encodeError, encodeResult } from './result.js';
import { sendResult } from './result-pipe.js';

// As Node exits when a top-level await is never through.
const UNSETTLED = 13;
const LOOK = 20; // ms

let resultFd: number | undefined;
// A child of this child has nothing to say on its pipe, and must not hold it open.
whenChild(closeResult);

function closeResult(): void {
  if (resultFd !== undefined) closeSync(resultFd);
  resultFd = undefined;
}

/**
 * Child. Returns; the process ends when `main` has.
 *
 * @param changed - what the program has changed of what is built in. @internal
 */
export function runInChild(main: () => unknown, changed: Changed, writeFd: number): void {
  becomeRunner(changed);
  runPrepared(main, writeFd);
}

/** Child: what can be done before there is anything to run. @internal */
export function becomeRunner(changed: Changed): void {
  withBuiltIns(changed, () => {
    forgetExitHooks();
    process.exitCode = undefined; // the parent's
    // Nothing is left that `main` could be waiting for.
    onProcess('beforeExit', () => {
      process.exitCode ??= UNSETTLED;
    });
  });
}

/** The rest of runInChild(). @param more - what goes along with what came of `main`. @internal */
export function runPrepared(main: () => unknown, writeFd: number, more?: () => object): void {
  resultFd = writeFd;
  run(main, more);
}

/** Child: its end of the port, from within `main`. @internal */
export function openPort(socket: number): ForkPort {
  flushAtExit(); // before ForkPort's own listener
  return ForkPort.open(socket, true);
}

/** Child: what has been posted goes out after the end of the pipe. @internal */
export function flushAtExit(): void {
  process.on('exit', () => {
    flushPort(findChanged());
  });
}

function flushPort(changed: Changed): void {
  closeResult();
  withBuiltIns(changed, flushAll);
}

// By callbacks: hooks of async_hooks are to hear of `main` only, not of what waits for it.
function run(main: () => unknown, more?: () => object): void {
  const inContext = inThisContext();
  settle(
    main,
    (value) => {
      inContext(() => {
        const changed = findChanged();
        deliver(changed, () => encodeResult(value, 'main', more?.()), more);
      });
    },
    (error) => {
      inContext(() => {
        deliverError(findChanged(), error, more);
      });
    },
  );
}

function deliver(changed: Changed, encode: () => Uint8Array[], more?: () => object): void {
  let message: Uint8Array[];
  try {
    message = withBuiltIns(changed, encode);
  } catch (error) {
    deliverError(changed, error, more);
    return;
  }
  end(changed, message, 0);
}

function deliverError(changed: Changed, error: unknown, more?: () => object): void {
  end(
    changed,
    withBuiltIns(changed, () => encodeError(error, more?.())),
    1,
  );
}

function end(changed: Changed, message: Uint8Array[], status: number): void {
  let code = status;
  try {
    // A grandchild that comes back here out of a fork() in `main` has no pipe.
    const fd = resultFd;
    if (fd !== undefined)
      withBuiltIns(changed, () => {
        sendResult(message, fd);
      });
  } catch {
    code = 1; // EPIPE: nobody asks any more
  }
  const behind = withBuiltIns(changed, () => unseen(outputInUse).filter(({ writableLength }) => writableLength > 0));
  if (behind.length === 0) exitWith(changed, code);
  withBuiltIns(changed, () => {
    whenFlushed(behind, () => {
      exitWith(changed, code);
    });
  });
}

function exitWith(changed: Changed, code: number): never {
  process.exitCode = code;
  const before = timesWritten();
  emitExit(code);
  flushPort(changed); // whoever has removed the listener
  if (timesWritten() === before) writeAsked(); // that of 'exit' did not come through
  // Not process.exit(): it joins V8's workers, and one that compiles and waits for a garbage collection of this thread never
  // ends (seen on Node 26, WorkerThreadsTaskRunner::Shutdown against CollectionBarrier::AwaitCollectionBackground). Nor are
  // the handlers of atexit(3) the child's.
  return native._exit(code);
}

// Files and terminals are written at once on Linux, a pipe as long as there is room in it. Whoever has put something else in the
// place of `process.nextTick`, as tests do, is told by no stream that it is through: so it is looked at, too.
function whenFlushed(streams: NodeJS.WriteStream[], callback: () => void): void {
  const pending = new Set(streams);
  const through = (stream: NodeJS.WriteStream): void => {
    if (pending.delete(stream) && pending.size === 0) callback();
  };
  const look = (): void => {
    for (const stream of [...pending]) if (stream.writableLength === 0 || stream.destroyed) through(stream);
    if (pending.size > 0) native.afterUnheard(LOOK, look);
  };
  for (const stream of streams) {
    const told = (): void => {
      through(stream);
    };
    stream.once('error', told);
    stream.write('', told);
  }
  native.afterUnheard(LOOK, look); // if something else goes on
  onProcess('beforeExit', look);
}

onlyInRunners(
  ...[runInChild, becomeRunner, runPrepared, run, deliver, end, exitWith, flushPort],
  ...[removeProcessListeners, onProcess, isThenable, outputInUse, ...OF_SETTLING],
);
