// What does the package export? Names are those of POSIX, or of Node.js.
export { type AtForkHandlers, registerAtFork } from './fork/at-fork.js';
export { children, type ChildInfo } from './reap/children.js';
export { type Daemon, daemonize, type DaemonizeOptions } from './daemon/daemonize.js';
export { type ExecOptions, execve, execvp, fexecve } from './spawn/exec.js';
export { getCloexec, getNonblock, setCloexec, setNonblock } from './process/flags.js';
export { flock, type FlockOptions } from './process/flock.js';
export { getrlimit, type Limits, prlimit, type Resource, setrlimit } from './process/limits.js';
export { mkfifo } from './process/fifo.js';
export { recvFds, type ReceivedFds, sendFds } from './process/fd-messages.js';
export { getName, setName } from './process/name.js';
export { getpriority, type PriorityOf, setpriority } from './process/priority.js';
export { type IdType, waitid, type WaitidFlags, type WaitidOptions, waitidSync } from './reap/waitid.js';
export type { Environment } from './spawn/program.js';
export { _exit } from './process/exit.js';
export {
  dup,
  dup2,
  type DupOptions,
  pipe,
  type PipeOptions,
  socketpair,
  type SocketpairOptions,
} from './process/descriptors.js';
export { fork, type ForkOptions } from './fork/fork.js';
export { forkPool } from './run/fork-pool.js';
export type { ForkPool, ForkPoolOptions, PoolMapping, ServedPoolOptions } from './run/pool-types.js';
export { forkServer } from './run/fork-server.js';
export type { ForkServer, ForkServerOptions, ServedOptions, ServerStdio } from './run/server-types.js';
export { warmup } from './fork/warmup.js';
export { forkMap, type ForkMapOptions } from './run/fork-map.js';
export { forkRun, type ForkRunOptions } from './run/fork-run.js';
export { ChildExitError, type ForkedChild, type ForkedChildWithPort } from './run/forked-child.js';
export type { ForkPort, ForkPortEvents } from './run/port.js';
export type { PostOptions } from './run/post.js';
export type { Keepable } from './fork/keep.js';
export { type LargePages, useLargePages } from './process/large-pages.js';
export { kill } from './reap/kill.js';
export { pidfd } from './reap/pidfd.js';
export type { Bytes, ResourceUsage, ThreadKind } from './sys/native.js';
export { type OrphanStatus, reapOrphans } from './reap/orphans.js';
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
} from './process/process.js';
export type { ChildFile } from './spawn/fds.js';
export { atomicNotify, atomicWait } from './shared/atomics.js';
export { SharedLock } from './shared/lock.js';
export { sharedMemory } from './shared/memory.js';
export { spawn } from './spawn/spawn.js';
export {
  type ChildFds,
  type Piped,
  type PtyOption,
  spawnChild,
  type SpawnChildOptions,
  type SpawnedChild,
} from './spawn/spawn-child.js';
export type { SpawnOptions } from './spawn/start.js';
export { openpty, type Pty } from './terminal/pty.js';
export {
  getWindowSize,
  setRaw,
  setWindowSize,
  tcgetattr,
  tcsetattr,
  type Termios,
  termiosFlags,
  type WindowSize,
} from './terminal/termios.js';
export type { RealTime, WhoOptions } from './spawn/who.js';
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
} from './reap/status.js';
export type { SupportFact } from './node/facts.js';
export type { SupportedFunction } from './support/functions.js';
export { type KernelSupport, type SpawnSupport, support, type SupportReport } from './support/support.js';
export type { Namespace, OpenOrPath, PlaceOptions } from './spawn/place.js';
export { wait, type WaitFlags, type WaitOptions, waitpid, waitpidSync } from './reap/wait.js';
export { type ThreadInfo, threads } from './threads/threads.js';
export { type ForkThreadsError, setThreadPolicy, type ThreadPolicy } from './fork/thread-policy.js';
