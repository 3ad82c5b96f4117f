// Where does the native half come from, and what if it cannot be had?
//
// Importing works everywhere; where the addon cannot work, each of its functions throws the reason.
import process from 'node:process';
import path from 'node:path';
import { unsupportedError } from './errors.js';

/** What a program is handed: text, or the bytes themselves where they are not UTF-8. */
export type Bytes = string | Uint8Array;

/** What a reap gives, before it is decoded. @internal */
export interface RawStatus {
  pid: number;
  raw: number;
  rusage: ResourceUsage | null;
}

/** What a wait has come to: an error or a status. @internal */
export type Settlement = [token: number, error: Error | null, status: RawStatus | null];

/**
 * What a child and its own waited-for children have used, in the names and units of `process.resourceUsage()`: times in
 * microseconds, `maxRSS` in kilobytes, the rest in numbers of events. Source: `wait4(2)`, `getrusage(2)`.
 */
export interface ResourceUsage {
  /** In its own code, in microseconds. */
  userCPUTime: number;
  /** In the kernel, in microseconds. */
  systemCPUTime: number;
  /** The most memory that it had, in kilobytes: of a forked child, with what it shares with its parent. */
  maxRSS: number;
  /** Pages that came without a read: in a forked child, most are copies of the parent's. */
  minorPageFault: number;
  /** Pages that were read from a disk. */
  majorPageFault: number;
  /** Blocks read. */
  fsRead: number;
  /** Blocks written. */
  fsWrite: number;
  /** How often it waited for something. */
  voluntaryContextSwitches: number;
  /** How often its time was up. */
  involuntaryContextSwitches: number;
}

/** What posix_spawn(3) cannot set; undefined: as this process has it. @internal */
export interface NativeWho {
  uid: number | undefined;
  gid: number | undefined;
  groups: number[] | undefined;
  umask: number | undefined;
  nice: number | undefined;
  policy: number | undefined;
  priority: number;
  affinity: number[];
  /** resource, soft, hard, … */
  limits: (number | undefined)[];
  blocked: number[];
  ignored: number[];
  noNewPrivs: boolean;
  /** CLONE_NEW… */
  namespaces: number;
  /** descriptors of namespaces */
  join: readonly number[];
  /** the descriptor of a directory; -1: none */
  cgroup: number;
}

/** What spawn of the addon wants to know; -1 means none. @internal */
export interface NativeSpawnOptions {
  /** empty: none */
  cwd: Bytes;
  search: boolean;
  setsid: boolean;
  pgid: number;
  foreground: number;
  /** target, source, target, source, …, in ascending order of targets; -1: /dev/null, null: the same, if it is open */
  fds: (number | null)[];
  who: NativeWho | undefined;
}

/**
 * - `main`: the one that runs the program.
 * - `v8-worker`: V8's garbage collection and compilation in the background.
 * - `delayed-task-scheduler`: the clock of those.
 * - `signal-inspector`: waits for `SIGUSR1`, to open the debugger's port.
 * - `libuv-worker`: the pool for files, `getaddrinfo`, crypto and zlib (`UV_THREADPOOL_SIZE`).
 * - `vm-timeout`: the clock of the `timeout` of a `node:vm` function that the main thread is in.
 * - `worker`: a Worker of `node:worker_threads`.
 * - `inspector`: serves a debugger (`--inspect`, `inspector.open()`).
 * - `foreign`: any other: a native addon's, a profiler's, that of `--trace-event-categories`.
 */
export type ThreadKind =
  | 'main'
  | 'v8-worker'
  | 'delayed-task-scheduler'
  | 'signal-inspector'
  | 'libuv-worker'
  | 'vm-timeout'
  | 'worker'
  | 'inspector'
  | 'foreign';

/** What the census finds; see native/threads/census.h. @internal */
export interface RawCensus {
  threads: {
    tid: number;
    name: string;
    kind: ThreadKind;
    unnamed: boolean;
    profiler: boolean;
    parked: boolean;
    syscall: string | null;
    covered: boolean;
  }[];
  operations: number;
}

/** What native/process/fd_watch.h gives. @internal */
export type NativeWatch = object & { readonly watch: unique symbol };

/** The table in native/addon.cc. @internal */
export interface Native {
  fork(
    quiesceTimeout: number,
    heapSize: number,
    bare: boolean,
    skip: number,
    inheritAll: boolean,
    keep: number[],
    connections: number[],
    uncoveredThreads: boolean,
    profilersMustStop: boolean,
    noop: () => void,
  ): number;
  connectionsAt(fd: number): number;
  streamsAt(fd: number): number;
  forkFacts(): { name: string; fact: string; holds: boolean | null; without: string }[];
  forkSupport(): string[];
  largePages(use: boolean): [inUse: boolean, bytes: number, reasons: string[]];
  hasChildProcesses(): boolean;
  stdinWasStopped(): boolean;
  stoppedFilePolls(): string[];
  outputWasForgotten(): boolean;
  findMathRandom(latest: number): boolean;
  reseedMathRandom(latest: number): boolean;
  fillRandom(bytes: Uint8Array): void;
  onCleanTurn(callback: () => void): void;
  afterUnheard(ms: number, callback: () => void): void;
  onDebugSignal(callback: () => void): void;
  waitpidSync(pid: number, flags: number, noop: () => void, timeout?: number): RawStatus | null;
  lookAt(type: number, id: number, flags: number, timeout: number, noop: () => void): RawStatus | null;
  onWaited(settle: (settlements: Settlement[]) => void): number;
  waitpid(pid: number, flags: number, token: number): RawStatus | null;
  cancelWait(token: number): RawStatus | null;
  refWait(token: number, on: boolean): void;
  endWithThread(token: number): void;
  children(): { pid: number; lost: boolean; status: RawStatus | null }[];
  kill(pid: number, signo: number): void;
  sigrtmin(): number;
  spawn(file: Bytes, argv: readonly Bytes[], envp: readonly Bytes[], options: NativeSpawnOptions): number;
  spawnSupport(): string[];
  execve(
    path: Bytes,
    argv: readonly Bytes[],
    envp: readonly Bytes[],
    options: { search: boolean; fd: number; cwd: Bytes; fds: (number | null)[] | null },
  ): never;
  pipe(cloexec: boolean, nonblock: boolean): [number, number];
  socketpair(type: string, cloexec: boolean, nonblock: boolean): [number, number];
  dup2(oldFd: number, newFd: number, cloexec: boolean | null): number;
  sendParts(fd: number, parts: readonly Uint8Array[], skip: number, fds: readonly number[]): number;
  receiveInto(fd: number, buffer: Uint8Array, offset: number, fds: number[]): number;
  sendFds(fd: number, bytes: Uint8Array, fds: readonly number[]): number;
  receiveFds(fd: number, buffer: Uint8Array, fds: number[]): [bytes: number, truncated: boolean];
  waitForFd(fd: number, read: boolean, write: boolean, timeout: number): boolean;
  clearSocketError(fd: number): void;
  watchFd(fd: number, type: string, callback: (hungUp: boolean) => void): NativeWatch;
  setWatch(watch: NativeWatch, read: boolean, write: boolean, hangup: boolean, ref: boolean): void;
  showWatch(watch: NativeWatch, type: string): void;
  closeWatch(watch: NativeWatch): void;
  endWatchers(fd: number, forget: boolean): boolean;
  writeBacklog(fd: number): void;
  writeAll(fd: number, bytes: Uint8Array): void;
  close(fd: number): void;
  dup(fd: number, min: number, cloexec: boolean): number;
  descriptorFlag(fd: number, cloexec: boolean, set?: boolean): boolean;
  pidfd(pid: number): number;
  killByPidfd(pidfd: number, pid: number, signo: number): void;
  flock(fd: number, operation: number): boolean;
  /** What a child said that could not be set up. */
  repairErrorOf(pid: number): string | undefined;
  closeInForkedChildren(fd: number): void;
  keepInForkedChildren(fd: number): void;
  restartVmThreads(): void;
  exitsPastCleanup(): boolean;
  inspectorWasDisconnected(): boolean;
  /** After a fork: whether a CPU profiler can start in the child: native/fork/profiler_thread.h. */
  mayProfile(): boolean;
  stopsProfilers(): boolean;
  noteExitCode(code: number): void;
  exit(code: number): never;
  threads(): RawCensus;
  uncoveredThreads(): RawCensus | null;
  prlimit(pid: number, resource: number, soft?: number, hard?: number): [soft: number, hard: number];
  openpty(rows: number, cols: number): [master: number, slave: number];
  /** The terminal behind it, opened once more. */
  keepOpen(master: number): number;
  letClose(terminal: number): void;
  /** Child: what keepOpen() had opened, in any thread of the parent. */
  closeKept(): void;
  windowSize(fd: number, rows?: number, cols?: number): [rows: number, cols: number];
  /** iflag, oflag, cflag, lflag, ispeed, ospeed, control characters */
  tcgetattr(fd: number): number[];
  tcsetattr(fd: number, action: number, attributes: readonly number[]): void;
  makeRaw(attributes: readonly number[]): number[];
  readNow(fd: number, bytes: Uint8Array): number;
  writeNow(fd: number, bytes: Uint8Array, offset: number): number;
  getpid(): number;
  getppid(): number;
  getpgid(pid: number): number;
  setpgid(pid: number, pgid: number): void;
  getsid(pid: number): number;
  setsid(): number;
  tcgetpgrp(fd: number): number;
  tcsetpgrp(fd: number, pgid: number): void;
  getPriority(which: number, who: number): number;
  setPriority(which: number, who: number, nice: number): void;
  threadName(name?: Bytes): string | undefined;
  mkfifo(path: Bytes, mode: number): void;
  missingCalls(): string[];
  kernelSupport(): { pidfd: boolean; pidfdGetInfo: boolean };
  reapOrphans(): number[];
  setPdeathsig(signo: number): void;
  setChildSubreaper(on: boolean): void;
  warmup(): void;
  compile(
    call: (called: (...args: never[]) => unknown) => void,
    functions: readonly ((...args: never[]) => unknown)[],
  ): boolean;
  terminateNext(): void;
  knowsReactions(fresh: Promise<unknown>, awaited: Promise<unknown>): boolean;
  isPending(promise: Promise<unknown>): boolean;
  forgetReactions(promise: Promise<unknown>): void;
  sharedMemory(byteLength: number): SharedArrayBuffer;
  sharedFile(byteLength: number): number;
  mapFile(fd: number, byteLength: number): SharedArrayBuffer;
  isSharedMemory(bytes: Uint8Array): boolean;
  atomicWait(
    array: Int32Array | BigInt64Array,
    index: number,
    value: number | bigint,
    timeout: number,
    noop: () => void,
  ): number | null;
  atomicNotify(array: Int32Array | BigInt64Array, index: number, count: number): number | null;
  acquireLock(bytes: Uint8Array, offset: number, timeout: number, noop: () => void): number;
  releaseLock(bytes: Uint8Array, offset: number): boolean;
  stackLeft(): number;
  v8StackLeft(): number;
  _exit(code: number): never;
}

/** Why nothing works here, or undefined. @internal */
export let unsupported: string | undefined;

const OLDEST = [20, 4] as const; // as package.json says

function whyNotHere(): string | undefined {
  for (const runtime of ['bun', 'deno']) {
    if (process.versions[runtime]) return `the runtime is ${runtime}, not Node.js`;
  }
  if ((process as { type?: string }).type === 'renderer') return "the runtime is Electron's renderer";
  if (process.platform !== 'linux') return `the platform is ${process.platform}, not linux`;
  const [major, minor] = process.versions.node.split('.').map(Number) as [number, number];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return `this is Node.js ${process.versions.node}, and ${OLDEST.join('.')} is the oldest that the package knows`;
  return undefined;
}

const REMEDY =
  'Where there is no prebuilt one, `npm rebuild posix-fork` builds it, with a C++17 compiler, make and Python; see docs/platforms.md';

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\n.*/s, '');
}

function load(): Native {
  unsupported = whyNotHere();
  if (unsupported === undefined) {
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an untyped CommonJS module that finds the addon
      const nodeGypBuild = require('node-gyp-build') as (dir: string) => Native;
      return nodeGypBuild(path.join(__dirname, '../..'));
    } catch (error) {
      const forbidden = (error as { code?: unknown }).code === 'ERR_DLOPEN_DISABLED';
      const permission = (process as { permission?: unknown }).permission !== undefined; // --permission
      const allow = permission ? 'Run Node.js with --allow-addons' : 'Run Node.js without --no-addons';
      const remedy = forbidden ? allow : REMEDY;
      unsupported = `its addon cannot be loaded: ${firstLine(error).replace(/\.$/, '')}. ${remedy}`;
    }
  }
  const reason = unsupported;
  return new Proxy({} as Native, {
    get: () => () => {
      throw unsupportedError(reason);
    },
  });
}

/** @internal */
export const native = load();

/** Called by what blocks a thread, now and then: V8 does what it has put off, and refuses where the thread is to end. @internal */
export function noop(): void {
  // nothing
}
