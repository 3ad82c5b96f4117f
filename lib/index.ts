// The public surface: names are POSIX's, or Node's.
export { type AtForkHandlers, registerAtFork } from './at-fork.js';
export { _exit } from './exit.js';
export { fork, type ForkOptions } from './fork.js';
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
export { type ThreadInfo, type ThreadKind, threads } from './threads.js';
export { waitpid, waitpidSync, type WaitFlags } from './wait.js';
export { type ForkThreadsError, setThreadPolicy, type ThreadPolicy } from './warning.js';
