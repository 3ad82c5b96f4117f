// How does a child whose parent had Workers end naturally?
//
// As native/fork/exit.h says, it must not come to Node's own end. process.exit(), an uncaught exception and an unhandled
// rejection come through the exit handler that was set there; when the loop has run dry, the last that Node does before
// its end is to emit 'exit'.
import { writeSync } from 'node:fs';
import { native } from '../sys/native.js';

// node::ExitCode::kUnsettledTopLevelAwait
const UNSETTLED_TOP_LEVEL_AWAIT = 13;

let installed = false;

/** Runs in the child, once. @internal */
export function leaveWithoutWorkers(): void {
  if (installed || !native.leavesWithoutWorkers()) return;
  installed = true; // a child of this child has it with the heap
  const emit = process.emit.bind(process) as (...args: unknown[]) => boolean;
  const emitAndLeave = (...args: unknown[]): boolean => {
    const heard = emit(...args); // all listeners, in whatever order; one that throws is an uncaught exception
    if (args[0] === 'exit' && isNaturalEnd()) leave(args[1] as number);
    return heard;
  };
  process.emit = emitAndLeave as typeof process.emit;
}

function leave(emitted: number): never {
  // The value that a listener may have set wins, as it does in Node.
  const code = Number(process.exitCode ?? emitted);
  if (code === UNSETTLED_TOP_LEVEL_AWAIT && process.exitCode === undefined)
    writeSync(2, 'Warning: Detected unsettled top-level await\n');
  return native.leave(code);
}

// Node's C++ has said that it exits, and it was its C++ that emitted: below this lies none of Node's own JavaScript for
// process.exit() and uncaught exceptions (lib/internal/process/per_thread.js, execution.js, promises.js), after which
// more is to come.
function isNaturalEnd(): boolean {
  if (!(process as { _exiting?: boolean })._exiting) return false;
  const site: { stack?: unknown } = {};
  const { stackTraceLimit } = Error;
  const prepareStackTrace = Reflect.get(Error, 'prepareStackTrace');
  Error.stackTraceLimit = Infinity;
  Error.prepareStackTrace = (_error, sites) => sites.map((each) => each.getFileName() ?? '');
  Error.captureStackTrace(site);
  const files = site.stack as string[];
  Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  return !files.some((file) => file.startsWith('node:internal/process/'));
}
