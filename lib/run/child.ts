// What does forkRun's child do? It runs `main`, sends what came of it through a pipe, and exits.
//
// What it has posted through its port and has yet to send goes last: the end of the pipe tells the parent to take all of it.
import { closeSync } from 'node:fs';
import { takeCoverage } from 'node:v8';
import { whenChild } from '../child/when-child.js';
import { onProcess } from '../node/process-events.js';
import { type Changed, findChanged, withBuiltIns } from '../sys/built-ins.js';
import { native } from '../sys/native.js';
import { ForkPort, flushAll } from './port.js';
import { emitExit, forgetExitHooks } from './exit-hooks.js';
import { encodeError, encodeResult } from './result.js';
import { sendResult } from './result-pipe.js';

// As Node exits when a top-level await is never through.
const UNSETTLED = 13;

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
  void run(main, more);
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

async function run(main: () => unknown, more?: () => object): Promise<void> {
  let message: Uint8Array[];
  let changed: Changed | undefined;
  let code = 0;
  try {
    const value = await main();
    changed = findChanged();
    message = withBuiltIns(changed, () => encodeResult(value, 'main', more?.()));
  } catch (error) {
    changed ??= findChanged();
    message = withBuiltIns(changed, () => encodeError(error, more?.()));
    code = 1;
  }
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
  const output = withBuiltIns(changed, () => [flushed(process.stdout), flushed(process.stderr)]);
  for (let i = 0; i < output.length; i++) await output[i];
  process.exitCode = code;
  emitExit(code);
  flushPort(changed); // whoever has removed the listener
  if (process.env.NODE_V8_COVERAGE) takeCoverage();
  // Not process.exit(): it joins V8's workers, and one that compiles and waits for a garbage collection of this thread never
  // ends (seen on Node 26, WorkerThreadsTaskRunner::Shutdown against CollectionBarrier::AwaitCollectionBackground). Nor are
  // the handlers of atexit(3) the child's.
  native._exit(code);
}

// Files and terminals are written at once on Linux, a pipe as long as there is room in it.
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => {
      resolve();
    });
    stream.write('', () => {
      resolve();
    });
  });
}
