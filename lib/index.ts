// The public surface: names are POSIX's, or Node's.
export { type AtForkHandlers, registerAtFork } from './at-fork.js';
export { children, type ChildInfo } from './children.js';
export { type Daemon, daemonize, type DaemonizeOptions } from './daemonize.js';
export { execve } from './exec.js';
export { _exit } from './exit.js';
export { dup2, pipe, type PipeOptions, socketpair, type SocketpairOptions } from './fds.js';
export { fork, type ForkOptions } from './fork.js';
export { forkMap, type ForkMapOptions } from './fork-map.js';
export { ChildExitError, type ForkedChild, forkRun, type ForkRunOptions } from './fork-run.js';
export type { Keepable } from './keep.js';
export { kill } from './kill.js';
export type { ResourceUsage } from './native.js';
export { type OrphanStatus, reapOrphans } from './orphans.js';
export {
  getpgid,
  getpgrp,
  getpid,
  getppid,
  getsid,
  setChildSubreaper,
  setPdeathsig,
  setpgid,
  setsid,
  tcgetpgrp,
  tcsetpgrp,
} from './process.js';
export { spawn, type SpawnOptions } from './spawn.js';
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
export { type SpawnSupport, support, type SupportReport } from './support.js';
export { wait, type WaitFlags, type WaitOptions, waitpid, waitpidSync } from './wait.js';
export { type ThreadInfo, type ThreadKind, threads } from './threads.js';
export { type ForkThreadsError, setThreadPolicy, type ThreadPolicy } from './warning.js';
