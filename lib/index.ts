// The public surface: names are POSIX's, or Node's.
export { _exit } from './exit.js';
export { fork, type ForkOptions } from './fork.js';
export { forkMap, type ForkMapOptions } from './fork-map.js';
export { ChildExitError, type ForkedChild, forkRun, type ForkRunOptions } from './fork-run.js';
export type { Keepable } from './keep.js';
export type { ResourceUsage } from './native.js';
export {
  type ChildStatus,
  constants,
  type DecodedStatus,
  decodeStatus,
  type SignalName,
  WCOREDUMP,
  WEXITSTATUS,
  WIFCONTINUED,
  WIFEXITED,
  WIFSIGNALED,
  WIFSTOPPED,
  WSTOPSIG,
  WTERMSIG,
} from './status.js';
export { support, type SupportReport } from './support.js';
export { waitpid, waitpidSync, type WaitFlags } from './wait.js';
