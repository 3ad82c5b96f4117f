// The public surface: names are POSIX's, or Node's.
export { children, type ChildInfo } from './children.js';
export { _exit } from './exit.js';
export { fork, type ForkOptions } from './fork.js';
export { kill } from './kill.js';
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
export { wait, type WaitFlags, type WaitOptions, waitpid, waitpidSync } from './wait.js';
