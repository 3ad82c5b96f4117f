// Are the types of the public functions what users rely on? Compiled by types.test.mjs, never run.
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';
import { expectTypeOf } from 'expect-type';
import posix, * as all from 'posix-fork';
import type { ChildInfo, ChildStatus, Daemon, DecodedStatus, ForkedChild, ForkOptions, SignalName } from 'posix-fork';
import type {
  AtForkHandlers,
  Bytes,
  DaemonizeOptions,
  ForkMapOptions,
  ForkRunOptions,
  ForkThreadsError,
} from 'posix-fork';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Pty, PtyOption, Termios, WindowSize } from 'posix-fork';
import type { ChildFds, Piped, SpawnChildOptions, SpawnedChild } from 'posix-fork';
import type { ChildFile, DupOptions, Environment, FlockOptions, ReceivedFds } from 'posix-fork';
import type { KernelSupport, SupportedFunction, Namespace, OpenOrPath, PlaceOptions } from 'posix-fork';
import type { ExecOptions, IdType, PriorityOf, WaitidFlags, WaitidOptions } from 'posix-fork';
import type { LargePages, Limits, RealTime, Resource, SharedLock, WhoOptions } from 'posix-fork';
import type {
  ForkPool,
  ForkPoolOptions,
  PoolMapping,
  ForkServer,
  ForkServerOptions,
  ServedOptions,
  ServedPoolOptions,
  ServerStdio,
} from 'posix-fork';
import type { ForkedChildWithPort, ForkPort, ForkPortEvents, PostOptions } from 'posix-fork';
import type { Keepable, OrphanStatus, PipeOptions, ResourceUsage, SocketpairOptions, SpawnOptions } from 'posix-fork';
import type {
  SpawnSupport,
  SupportFact,
  SupportReport,
  ThreadInfo,
  ThreadKind,
  ThreadPolicy,
  WaitFlags,
  WaitOptions,
} from 'posix-fork';

type Flat<T> = { [K in keyof T]: T[K] };
// Of large classes expect-type compares every member of every member, which takes half a minute.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Parameters<T extends keyof typeof posix> = (typeof posix)[T] extends (...args: infer P) => unknown ? P : never;

// --- The default import is what is there by name, too.
expectTypeOf(posix.fork).toEqualTypeOf<typeof all.fork>();
expectTypeOf<keyof typeof posix>().toEqualTypeOf<Exclude<keyof typeof all, 'default'>>();

// --- useLargePages
expectTypeOf(posix.useLargePages).toEqualTypeOf<() => LargePages>();
expectTypeOf<LargePages>().toEqualTypeOf<{ inUse: boolean; bytes: number; reasons: string[] }>();
expectTypeOf<SupportReport['largePages']>().toEqualTypeOf<LargePages>();

// --- fork
expectTypeOf(posix.fork).toEqualTypeOf<(options?: ForkOptions) => number>();
expectTypeOf<ForkOptions>().toEqualTypeOf<{
  threads?: ThreadPolicy;
  inherit?: 'stack' | 'all';
  keep?: Iterable<Keepable>;
  quiesceTimeout?: number;
  runtime?: 'full' | 'bare';
}>();
expectTypeOf<Same<Keepable, Server | Socket | DatagramSocket | number>>().toEqualTypeOf<true>();
expectTypeOf<ThreadPolicy>().toEqualTypeOf<'warn' | 'throw' | 'ignore'>();
// @ts-expect-error: no such value
posix.fork({ inherit: 'nothing' });
// @ts-expect-error: no such option
posix.fork({ timeout: 1 });
// @ts-expect-error: what is kept is iterable
posix.fork({ keep: 3 });
// @ts-expect-error: the number of milliseconds
posix.fork({ quiesceTimeout: '1s' });

// --- forkRun: the result is that of the function, whether it promises it or not.
expectTypeOf(posix.forkRun(() => 3)).toEqualTypeOf<Promise<ForkedChild<number>>>();
expectTypeOf(posix.forkRun(async () => 'text')).toEqualTypeOf<Promise<ForkedChild<string>>>();
expectTypeOf(posix.forkRun(() => undefined, { inherit: 'all' })).toEqualTypeOf<Promise<ForkedChild<undefined>>>();
expectTypeOf<ForkedChild<Date>['result']>().toEqualTypeOf<Promise<Date>>();
expectTypeOf<ForkedChild<Date>['status']>().toEqualTypeOf<Promise<ChildStatus>>();
expectTypeOf<ForkedChild<Date>['pid']>().toEqualTypeOf<number>();
expectTypeOf<ForkedChild<Date>['kill']>().toEqualTypeOf<(signal?: SignalName | number) => void>();
expectTypeOf<ForkedChild<Date>>().toExtend<AsyncDisposable>();
expectTypeOf<ForkRunOptions>().toEqualTypeOf<Flat<ForkOptions & { signal?: AbortSignal; port?: boolean }>>();
expectTypeOf(posix.forkRun((port) => port.receiveSync(), { port: true })).toEqualTypeOf<
  Promise<ForkedChildWithPort<unknown>>
>();
expectTypeOf<ForkedChildWithPort<Date>['port']>().toEqualTypeOf<ForkPort>();
expectTypeOf<ForkedChild<Date>['port']>().toEqualTypeOf<ForkPort | undefined>();
expectTypeOf<ForkPort['postMessage']>().toEqualTypeOf<(value: unknown, options?: PostOptions) => boolean>();
expectTypeOf<PostOptions>().toEqualTypeOf<{ fds?: Iterable<number> }>();
expectTypeOf<ForkPort['receiveSync']>().toEqualTypeOf<(timeout?: number) => unknown>();
expectTypeOf<ForkPort>().toExtend<AsyncIterable<unknown>>();
expectTypeOf<ForkPort>().toExtend<Disposable>();
expectTypeOf<ForkPort['fds']>().toEqualTypeOf<readonly number[]>();
expectTypeOf<ForkPortEvents['message']>().toEqualTypeOf<[value: unknown, fds: number[]]>();
expectTypeOf<all.ChildExitError>().toExtend<Error>();
expectTypeOf<all.ChildExitError['code']>().toEqualTypeOf<'ERR_CHILD_EXIT'>();
expectTypeOf<all.ChildExitError['status']>().toEqualTypeOf<ChildStatus>();
expectTypeOf<all.ChildExitError['index']>().toEqualTypeOf<number | undefined>();
// @ts-expect-error: a function
posix.forkRun(3);
// @ts-expect-error: it has no arguments
posix.forkRun((text: string) => text);
// @ts-expect-error: pid does not change
(await posix.forkRun(() => 3)).pid = 4;

// --- forkPool: the arguments and the result are those of the function.
const pool = posix.forkPool(async (text: string, times?: number) => text.repeat(times ?? 1).length);
expectTypeOf(pool).toEqualTypeOf<ForkPool<[text: string, times?: number], number>>();
expectTypeOf(pool.run('a', 2)).toEqualTypeOf<Promise<number>>();
expectTypeOf(pool.map(['a'])).toEqualTypeOf<PoolMapping<number>>();
expectTypeOf(pool.map(['a'])).toExtend<AsyncIterableIterator<[index: number, result: number], undefined>>();
expectTypeOf(pool.map(['a']).results()).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(pool.close()).toEqualTypeOf<Promise<void>>();
expectTypeOf(pool.refork()).toEqualTypeOf<Promise<void>>();
expectTypeOf(pool.children).toEqualTypeOf<{ readonly pid: number; readonly tasks: number }[]>();
expectTypeOf(pool).toExtend<AsyncDisposable>();
expectTypeOf<Parameters<'forkPool'>[1]>().toEqualTypeOf<ForkPoolOptions | undefined>();
// @ts-expect-error: an argument of another type
pool.run(3);
// @ts-expect-error: items of another type
pool.map([3]);

// --- forkServer: what its children take and give is said by the caller.
expectTypeOf(posix.forkServer('setup.mjs')).toEqualTypeOf<Promise<ForkServer>>();
expectTypeOf<Parameters<'forkServer'>[0]>().toEqualTypeOf<string | URL>();
expectTypeOf<Parameters<'forkServer'>[1]>().toEqualTypeOf<ForkServerOptions | undefined>();
const forker = await posix.forkServer<[text: string, times?: number], number>(new URL('file:///setup.mjs'));
expectTypeOf(forker.fork(['a', 2])).toEqualTypeOf<Promise<ForkedChild<number>>>();
expectTypeOf(forker.fork(['a'], { port: true })).toEqualTypeOf<Promise<ForkedChildWithPort<number>>>();
expectTypeOf(forker.import(['lodash', new URL('file:///a.mjs')])).toEqualTypeOf<Promise<void>>();
expectTypeOf(forker.missed).toEqualTypeOf<ReadonlySet<string>>();
expectTypeOf(forker.ended).toEqualTypeOf<Promise<ChildStatus>>();
expectTypeOf(forker.ref().unref()).toEqualTypeOf(forker);
expectTypeOf(forker).toExtend<AsyncDisposable>();
expectTypeOf<ServedOptions['fds']>().toEqualTypeOf<Iterable<number> | undefined>();
expectTypeOf<ServerStdio>().toEqualTypeOf<'inherit' | 'ignore' | number>();
// @ts-expect-error: an argument of another type
forker.fork([3]);
expectTypeOf(posix.forkPool({ server: forker, size: 2 })).toEqualTypeOf<
  ForkPool<[text: string, times?: number], number>
>();
expectTypeOf<ServedPoolOptions<[], void>['server']>().toEqualTypeOf<ForkServer<[], void>>();
// @ts-expect-error: a function of this process's
posix.forkPool({ server: forker, start: () => {} });
// @ts-expect-error: there is no function, which nothing could carry over
posix.forkServer(() => {});

// --- forkMap: in the order of the items, which may come from anything that can be iterated.
const asynchronous: AsyncIterable<Date> = (async function* () {})();
expectTypeOf(posix.forkMap(['a'], (item) => item.length)).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(posix.forkMap(new Set([1]), async (item) => String(item))).toEqualTypeOf<Promise<string[]>>();
posix.forkMap(asynchronous, (item, index) => {
  expectTypeOf(item).toEqualTypeOf<Date>();
  expectTypeOf(index).toEqualTypeOf<number>();
});
expectTypeOf(posix.forkMap(['a'], (item) => item.length, { onResult: (result) => result + 1 })).toEqualTypeOf<
  Promise<undefined>
>();
expectTypeOf<ForkMapOptions<Date>>().toEqualTypeOf<{
  concurrency?: number;
  itemsPerChild?: number;
  retries?: number;
  onResult?: (result: Date, index: number) => unknown;
  signal?: AbortSignal;
  threads?: ThreadPolicy;
}>();
// @ts-expect-error: a number is no iterable
posix.forkMap(3, () => 4);
// @ts-expect-error: the items are strings
posix.forkMap(['a'], (item: number) => item);

// --- waitpid, wait, waitpidSync
expectTypeOf(posix.waitpid).toEqualTypeOf<(pid: number, options?: WaitOptions | number) => Promise<ChildStatus>>();
expectTypeOf(posix.wait).toEqualTypeOf<(options?: WaitOptions | number) => Promise<ChildStatus>>();
expectTypeOf(posix.waitpidSync).toEqualTypeOf<(pid: number, options?: WaitFlags | number) => ChildStatus | null>();
expectTypeOf<WaitOptions>().toEqualTypeOf<{
  untraced?: boolean;
  continued?: boolean;
  signal?: AbortSignal;
  ref?: boolean;
}>();
expectTypeOf<WaitFlags>().toEqualTypeOf<{
  nohang?: boolean;
  untraced?: boolean;
  continued?: boolean;
  timeout?: number;
}>();
expectTypeOf(posix.constants).toEqualTypeOf<Readonly<{ WNOHANG: 1; WUNTRACED: 2; WCONTINUED: 8 }>>();
// @ts-expect-error: null if no child has changed
posix.waitpidSync(-1).state;
// @ts-expect-error: a promise need not be told to return at once
posix.waitpid(-1, { nohang: true });
// @ts-expect-error: what blocks cannot be aborted
posix.waitpidSync(-1, { signal: AbortSignal.abort() });
// @ts-expect-error: without a pid
posix.waitpid();

// --- ChildStatus: `state` tells which of the others there are.
declare const status: ChildStatus;
expectTypeOf(status.state).toEqualTypeOf<'exited' | 'signaled' | 'stopped' | 'continued'>();
expectTypeOf(status.pid).toEqualTypeOf<number>();
expectTypeOf(status.raw).toEqualTypeOf<number>();
expectTypeOf(status.rusage).toEqualTypeOf<ResourceUsage | null>();
if (status.state === 'exited') expectTypeOf(status.code).toEqualTypeOf<number>();
if (status.state === 'signaled') {
  expectTypeOf(status.signal).toEqualTypeOf<SignalName>();
  expectTypeOf(status.signo).toEqualTypeOf<number>();
  expectTypeOf(status.coreDumped).toEqualTypeOf<boolean>();
}
if (status.state === 'stopped') {
  expectTypeOf(status.signal).toEqualTypeOf<SignalName>();
  expectTypeOf(status.signo).toEqualTypeOf<number>();
}
// @ts-expect-error: not known before `state` is
status.code;
// @ts-expect-error: no signal has ended it
if (status.state === 'exited') status.signal;
// @ts-expect-error: what is stopped has dumped no core
if (status.state === 'stopped') status.coreDumped;
// @ts-expect-error: it goes on, without a code
if (status.state === 'continued') status.code;
expectTypeOf<SignalName>().toEqualTypeOf<NodeJS.Signals | `SIGRTMIN+${number}`>();
expectTypeOf<Exclude<keyof ResourceUsage, keyof NodeJS.ResourceUsage>>().toEqualTypeOf<never>();
expectTypeOf<ResourceUsage[keyof ResourceUsage]>().toEqualTypeOf<number>();

expectTypeOf(posix.decodeStatus).toEqualTypeOf<(raw: number) => DecodedStatus>();
expectTypeOf<DecodedStatus>().toEqualTypeOf<
  | { state: 'exited'; code: number }
  | { state: 'signaled'; signal: SignalName; signo: number; coreDumped: boolean }
  | { state: 'stopped'; signal: SignalName; signo: number }
  | { state: 'continued' }
>();
expectTypeOf(posix.WIFEXITED).toEqualTypeOf<(raw: number) => boolean>();
expectTypeOf(posix.WIFSIGNALED).toEqualTypeOf<(raw: number) => boolean>();
expectTypeOf(posix.WIFSTOPPED).toEqualTypeOf<(raw: number) => boolean>();
expectTypeOf(posix.WIFCONTINUED).toEqualTypeOf<(raw: number) => boolean>();
expectTypeOf(posix.WCOREDUMP).toEqualTypeOf<(raw: number) => boolean>();
expectTypeOf(posix.WEXITSTATUS).toEqualTypeOf<(raw: number) => number>();
expectTypeOf(posix.WTERMSIG).toEqualTypeOf<(raw: number) => number>();
expectTypeOf(posix.WSTOPSIG).toEqualTypeOf<(raw: number) => number>();

// --- children, reapOrphans, kill
expectTypeOf(posix.children).toEqualTypeOf<() => ChildInfo[]>();
expectTypeOf<ChildInfo>().toEqualTypeOf<
  | { pid: number; state: 'live' }
  | { pid: number; state: 'reaped'; status: ChildStatus }
  | { pid: number; state: 'lost' }
>();
expectTypeOf(posix.reapOrphans).toEqualTypeOf<() => OrphanStatus[]>();
expectTypeOf<OrphanStatus>().toEqualTypeOf<DecodedStatus & { pid: number }>();
expectTypeOf(posix.kill).toEqualTypeOf<(pid: number, signal?: SignalName | number) => void>();
posix.kill(1, 'SIGRTMIN+3');
// @ts-expect-error: no such signal
posix.kill(1, 'SIGFOO');

// --- waitid
expectTypeOf(posix.waitid).toEqualTypeOf<(type: IdType, id: number, options?: WaitidOptions) => Promise<ChildStatus>>();
expectTypeOf(posix.waitidSync).toEqualTypeOf<(type: IdType, id: number, options?: WaitidFlags) => ChildStatus | null>();
expectTypeOf<IdType>().toEqualTypeOf<'all' | 'pid' | 'pidfd' | 'pgid'>();
type Looks = { stopped?: boolean; continued?: boolean; nowait?: boolean };
expectTypeOf<WaitidOptions>().toEqualTypeOf<Flat<Looks & { signal?: AbortSignal; ref?: boolean }>>();
expectTypeOf<WaitidFlags>().toEqualTypeOf<Flat<Looks & { nohang?: boolean; timeout?: number }>>();

// --- What a process is called, and how important it is
expectTypeOf(posix.getName).toEqualTypeOf<() => string>();
expectTypeOf(posix.setName).toEqualTypeOf<(name: Bytes) => void>();
expectTypeOf(posix.getpriority).toEqualTypeOf<(which: PriorityOf, who?: number) => number>();
expectTypeOf(posix.setpriority).toEqualTypeOf<(which: PriorityOf, who: number, nice: number) => void>();
expectTypeOf<PriorityOf>().toEqualTypeOf<'process' | 'group' | 'user'>();

// --- spawn, execve, _exit
expectTypeOf<Environment>().toEqualTypeOf<
  Readonly<Record<string, Bytes | number | bigint | boolean | null | undefined>>
>();
expectTypeOf<Bytes>().toEqualTypeOf<string | Uint8Array>();
expectTypeOf(posix.spawn).toEqualTypeOf<
  (file: Bytes | URL, args?: readonly Bytes[] | SpawnOptions, options?: SpawnOptions) => number
>();
expectTypeOf<SpawnOptions>().toEqualTypeOf<{
  cwd?: Bytes | URL;
  env?: Environment;
  argv0?: Bytes;
  path?: boolean;
  fds?: Readonly<Record<number, 'inherit' | 'ignore' | number | ChildFile>>;
  setsid?: boolean;
  pgid?: number;
  foreground?: boolean | number;
  uid?: number;
  gid?: number;
  groups?: readonly number[];
  umask?: number;
  nice?: number;
  scheduler?: 'other' | 'batch' | 'idle' | RealTime;
  affinity?: readonly number[];
  limits?: Readonly<Partial<Record<Resource, number | Partial<Limits>>>>;
  sigmask?: readonly (SignalName | number)[];
  sigignore?: readonly (SignalName | number)[];
  noNewPrivs?: boolean;
  unshare?: readonly Namespace[];
  setns?: readonly OpenOrPath[];
  cgroup?: OpenOrPath;
}>();
expectTypeOf<Namespace>().toEqualTypeOf<'user' | 'pid' | 'net' | 'mount' | 'ipc' | 'uts' | 'cgroup'>();
expectTypeOf<OpenOrPath>().toEqualTypeOf<number | Bytes | URL>();
expectTypeOf<WhoOptions>().toExtend<PlaceOptions>();
expectTypeOf<KernelSupport>().toEqualTypeOf<
  Flat<Record<'pidfd' | 'waitid' | 'fexecve' | 'cgroup', boolean> & { namespaces: Namespace[]; missing: string[] }>
>();
expectTypeOf<SpawnOptions>().toExtend<WhoOptions>();
expectTypeOf<RealTime>().toEqualTypeOf<{ policy: 'fifo' | 'rr'; priority: number }>();
expectTypeOf<Limits>().toEqualTypeOf<{ soft: number; hard: number }>();
expectTypeOf<'nofile'>().toExtend<Resource>();
expectTypeOf(posix.getrlimit).toEqualTypeOf<(resource: Resource) => Limits>();
expectTypeOf(posix.setrlimit).toEqualTypeOf<(resource: Resource, limits: number | Partial<Limits>) => void>();
expectTypeOf(posix.prlimit).toEqualTypeOf<
  (pid: number, resource: Resource, limits?: number | Partial<Limits>) => Limits
>();
// @ts-expect-error: no such resource
posix.spawn('true', { limits: { files: 64 } });
posix.spawn('true', [] as const, { env: process.env, fds: { 3: 4, 4: 'ignore' } });
// @ts-expect-error: descriptors are numbered
posix.spawn('true', [], { fds: { stdin: 'inherit' } });
// @ts-expect-error: pipes are made by pipe()
posix.spawn('true', [], { fds: { 1: 'pipe' } });
posix.spawn(new URL('file:///bin/true'), { cwd: Buffer.from('/') });
// @ts-expect-error: child_process's name
posix.spawn('true', [], { stdio: 'inherit' });
// --- spawnChild: its streams are there as its descriptors say.
const talking = posix.spawnChild('cat', [], { fds: { 0: 'pipe', 1: 'pipe', 2: 'inherit', 5: 'pipe' }, timeout: 5 });
expectTypeOf(talking.stdin).toEqualTypeOf<Writable>();
expectTypeOf(talking.stdout).toEqualTypeOf<Readable>();
expectTypeOf(talking.stderr).toEqualTypeOf<null>();
expectTypeOf<Same<(typeof talking.streams)[5], Socket>>().toEqualTypeOf<true>();
expectTypeOf<keyof typeof talking.streams>().toEqualTypeOf<0 | 1 | 5>();
expectTypeOf(posix.spawnChild('cat', { fds: { 1: 'pipe' } }).stdout).toEqualTypeOf<Readable>();
expectTypeOf(posix.spawnChild('cat').stdout).toEqualTypeOf<null>();
expectTypeOf<SpawnedChild<{ 1: 'pipe' | 'ignore' }>['stdout']>().toEqualTypeOf<Readable | null>();
expectTypeOf<SpawnedChild['stdout']>().toEqualTypeOf<Readable | null>();
expectTypeOf<SpawnedChild>().toExtend<AsyncDisposable>();
expectTypeOf<SpawnedChild['status']>().toEqualTypeOf<Promise<ChildStatus>>();
expectTypeOf<SpawnChildOptions['killSignal']>().toEqualTypeOf<SignalName | number | undefined>();
expectTypeOf<ChildFds>().toEqualTypeOf<Readonly<Record<number, 'inherit' | 'ignore' | 'pipe' | number | ChildFile>>>();
expectTypeOf<Piped<{ 1: 'pipe' }, 1, Readable>>().toEqualTypeOf<Readable>();
// @ts-expect-error: spawnChild() has no such option
posix.spawnChild('cat', [], { stdio: 'pipe' });
expectTypeOf(posix.spawnChild('cat', { pty: true }).pty).toEqualTypeOf<Pty>();
expectTypeOf(posix.spawnChild('cat').pty).toEqualTypeOf<null>();
expectTypeOf<SpawnedChild['pty']>().toEqualTypeOf<Pty | null>();
expectTypeOf<PtyOption>().toEqualTypeOf<true | WindowSize | undefined>();
expectTypeOf<WindowSize>().toEqualTypeOf<{ rows: number; cols: number }>();
expectTypeOf<Pty>().toExtend<Duplex>();
expectTypeOf<Termios>().toEqualTypeOf<
  Flat<Record<'iflag' | 'oflag' | 'cflag' | 'lflag' | 'ispeed' | 'ospeed', number> & { cc: readonly number[] }>
>();
expectTypeOf<Pty['resize']>().toEqualTypeOf<(size: WindowSize) => void>();
expectTypeOf<Pty['fd']>().toEqualTypeOf<number>();
expectTypeOf(posix.openpty).toEqualTypeOf<(size?: WindowSize) => [number, number]>();
expectTypeOf(posix.getWindowSize).toEqualTypeOf<(fd: number) => WindowSize>();
expectTypeOf(posix.setWindowSize).toEqualTypeOf<(fd: number, size: WindowSize) => void>();
expectTypeOf(posix.tcgetattr).toEqualTypeOf<(fd: number) => Termios>();
expectTypeOf(posix.setRaw).toEqualTypeOf<(fd: number) => Termios>();
expectTypeOf(posix.tcsetattr).toEqualTypeOf<
  (fd: number, attributes: Termios, when?: 'now' | 'drain' | 'flush') => void
>();
expectTypeOf(posix.termiosFlags.ECHO).toExtend<number>();
expectTypeOf(posix.execve).toEqualTypeOf<
  (path: Bytes | URL, args?: readonly Bytes[], env?: Environment, options?: ExecOptions) => never
>();
expectTypeOf(posix.execvp).toEqualTypeOf<typeof posix.execve>();
expectTypeOf(posix.fexecve).toEqualTypeOf<
  (fd: number, args: readonly Bytes[], env?: Environment, options?: ExecOptions) => never
>();
expectTypeOf<ExecOptions>().toEqualTypeOf<Pick<SpawnOptions, 'fds' | 'cwd'>>();
expectTypeOf(posix._exit).toEqualTypeOf<(code?: number) => never>();

// --- Descriptors
expectTypeOf(posix.pipe).toEqualTypeOf<(options?: PipeOptions) => [number, number]>();
expectTypeOf(posix.socketpair).toEqualTypeOf<(options?: SocketpairOptions) => [number, number]>();
expectTypeOf(posix.dup).toEqualTypeOf<(fd: number, options?: DupOptions) => number>();
expectTypeOf<DupOptions>().toEqualTypeOf<{ cloexec?: boolean; min?: number }>();
expectTypeOf(posix.getCloexec).toEqualTypeOf<(fd: number) => boolean>();
expectTypeOf(posix.getNonblock).toEqualTypeOf<(fd: number) => boolean>();
expectTypeOf(posix.setCloexec).toEqualTypeOf<(fd: number, on?: boolean) => void>();
expectTypeOf(posix.setNonblock).toEqualTypeOf<(fd: number, on?: boolean) => void>();
expectTypeOf(posix.flock).toEqualTypeOf<
  (fd: number, operation: 'sh' | 'ex' | 'un', options?: FlockOptions) => boolean
>();
expectTypeOf<FlockOptions>().toEqualTypeOf<{ nonblock?: boolean }>();
expectTypeOf(posix.pidfd).toEqualTypeOf<(pid: number) => number>();
expectTypeOf(posix.sendFds).toEqualTypeOf<(fd: number, data: Uint8Array, fds: readonly number[]) => number>();
expectTypeOf(posix.recvFds).toEqualTypeOf<(fd: number, length?: number) => ReceivedFds>();
expectTypeOf<ReceivedFds>().toEqualTypeOf<{ data: Buffer; fds: number[]; truncated: boolean }>();
expectTypeOf(posix.mkfifo).toEqualTypeOf<(path: Bytes | URL, mode?: number) => void>();
expectTypeOf<ChildFile>().toEqualTypeOf<{ path: Bytes | URL; flags?: string | number; mode?: number }>();
expectTypeOf(posix.dup2).toEqualTypeOf<(from: number, to: number, options?: { cloexec?: boolean }) => number>();
expectTypeOf<PipeOptions>().toEqualTypeOf<{ cloexec?: boolean; nonblock?: boolean }>();
expectTypeOf<SocketpairOptions>().toEqualTypeOf<Flat<PipeOptions & { type?: 'stream' | 'dgram' | 'seqpacket' }>>();

// --- Memory
expectTypeOf(posix.warmup).toEqualTypeOf<() => void>();
expectTypeOf(posix.sharedMemory).toEqualTypeOf<(byteLength: number) => SharedArrayBuffer>();
type Waited = 'ok' | 'not-equal' | 'timed-out';
expectTypeOf(posix.atomicWait).toEqualTypeOf<{
  (array: Int32Array, index: number, value: number, timeout?: number): Waited;
  (array: BigInt64Array, index: number, value: bigint, timeout?: number): Waited;
}>();
// @ts-expect-error: 64 bits are a bigint
posix.atomicWait(new BigInt64Array(posix.sharedMemory(8)), 0, 0);
expectTypeOf(posix.atomicNotify).toEqualTypeOf<
  (array: Int32Array | BigInt64Array, index: number, count?: number) => number
>();
expectTypeOf(posix.SharedLock).toBeConstructibleWith(posix.sharedMemory(64), 64);
expectTypeOf<SharedLock['acquire']>().toEqualTypeOf<(timeout?: number) => 'acquired' | 'abandoned' | 'timed-out'>();
expectTypeOf<SharedLock['release']>().toEqualTypeOf<() => void>();
expectTypeOf<SharedLock>().toExtend<Disposable>();

// --- Around a fork
expectTypeOf(posix.registerAtFork).toEqualTypeOf<(handlers: AtForkHandlers) => Disposable>();
expectTypeOf<AtForkHandlers>().toEqualTypeOf<{
  before?: () => void;
  afterInParent?: () => void;
  afterInChild?: () => void;
}>();
expectTypeOf(posix.threads).toEqualTypeOf<() => ThreadInfo[]>();
expectTypeOf<ThreadInfo>().toEqualTypeOf<{
  tid: number;
  name: string;
  kind: ThreadKind;
  parked: boolean;
  syscall: string | null;
  covered: boolean;
  threadId?: number;
  startedAt?: string;
}>();
expectTypeOf<ThreadKind>().toEqualTypeOf<
  | ('main' | 'v8-worker' | 'delayed-task-scheduler' | 'signal-inspector')
  | ('libuv-worker' | 'worker' | 'inspector' | 'vm-timeout' | 'foreign')
>();
expectTypeOf(posix.setThreadPolicy).toEqualTypeOf<(policy: ThreadPolicy) => void>();
expectTypeOf<ForkThreadsError['code']>().toEqualTypeOf<'ERR_FORK_THREADS'>();
expectTypeOf<ForkThreadsError['threads']>().toEqualTypeOf<ThreadInfo[]>();

// --- Daemons, sessions, process groups
expectTypeOf(posix.daemonize).toEqualTypeOf<(options?: DaemonizeOptions) => Daemon>();
expectTypeOf<Daemon>().toEqualTypeOf<{ readonly pid: number; ready(): void }>();
expectTypeOf<DaemonizeOptions>().toEqualTypeOf<{
  pidfile?: string;
  stdout?: string | number;
  stderr?: string | number;
  cwd?: string;
  umask?: number;
  ready?: boolean;
}>();
expectTypeOf(posix.getpid).toEqualTypeOf<() => number>();
expectTypeOf(posix.getppid).toEqualTypeOf<() => number>();
expectTypeOf(posix.getpgrp).toEqualTypeOf<() => number>();
expectTypeOf(posix.setsid).toEqualTypeOf<() => number>();
expectTypeOf(posix.getpgid).toEqualTypeOf<(pid?: number) => number>();
expectTypeOf(posix.getsid).toEqualTypeOf<(pid?: number) => number>();
expectTypeOf(posix.setpgid).toEqualTypeOf<(pid?: number, pgid?: number) => void>();
expectTypeOf(posix.tcgetpgrp).toEqualTypeOf<(fd: number) => number>();
expectTypeOf(posix.tcsetpgrp).toEqualTypeOf<(fd: number, pgid: number) => void>();
expectTypeOf(posix.setPdeathsig).toEqualTypeOf<(signal: SignalName | number) => void>();
expectTypeOf(posix.setChildSubreaper).toEqualTypeOf<(on?: boolean) => void>();

// --- support
expectTypeOf(posix.support).toEqualTypeOf<() => SupportReport>();
expectTypeOf<SupportReport>().toEqualTypeOf<{
  fork: 'full' | 'bare' | 'unsupported';
  reasons: string[];
  leaks: string[];
  facts: SupportFact[];
  tested: { here: boolean; versions: string[] };
  spawn: SpawnSupport;
  kernel: KernelSupport;
  functions: SupportedFunction[];
  largePages: LargePages;
}>();
expectTypeOf<SupportedFunction>().toEqualTypeOf<{
  name: string;
  needs: string;
  here: boolean;
  without: string;
}>();
expectTypeOf<SupportFact>().toEqualTypeOf<{
  name: string;
  fact: string;
  holds: boolean | null;
  without: string;
}>();
expectTypeOf<SpawnSupport>().toEqualTypeOf<{
  cwd: boolean;
  foreground: boolean;
  closing: 'all' | 'listed';
  missing: string[];
}>();
