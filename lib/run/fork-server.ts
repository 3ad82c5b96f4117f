// How does one fork beside threads, from a Worker, or out of a heap that is too large? By asking a process that has none of them:
// a template, started as any program is, which has loaded what the children need and forks on request.
//
// The requester makes each child's socket, and sends its end along with the request: so the task is there before the child is, and
// a child that was forked in advance is told it without the template. What the template says of a child is its pid and its status.
import type { EventEmitter } from 'node:events';
import { readlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { whenChild } from '../child/when-child.js';
import { POLICIES, type ThreadPolicy } from '../fork/thread-policy.js';
import { killChild } from '../reap/kill.js';
import { type ChildStatus, toChildStatus, WEXITSTATUS } from '../reap/status.js';
import { startWait } from '../reap/wait.js';
import { validatePath } from '../sys/bytes.js';
import { prepareSpawn, type SpawnOptions } from '../spawn/start.js';
import { abortError, codedError } from '../sys/errors.js';
import { addEventListener, removeEventListener } from '../sys/listen.js';
import { type Bytes, native, type NativeWatch } from '../sys/native.js';
import {
  invalidType,
  invalidValue,
  isArray,
  isInstance,
  MAX_INT,
  validateAbortSignal,
  validateBoolean,
  validateInteger,
  validateOneOf,
  validateOptions,
} from '../sys/validate.js';
import { type ForkedChild, type ForkedChildWithPort, Run } from './forked-child.js';
import { encodePost, ForkPort, validateFds } from './port.js';
import { resultOf } from './result.js';
import { type ServedExtra, type ServerAnswer, type ServerRequest, SETUP, type TaskHeader } from './server-messages.js';

/** Options of {@link forkServer}. */
export interface ForkServerOptions {
  /** `process.argv` of the template and its children, from the third on. */
  args?: readonly string[];
  /**
   * Options of Node.js for the template: `['--import', '@swc-node/register/esm-register']`. Default: none; `process.execArgv` are
   * those of this process.
   */
  execArgv?: readonly string[];
  /** The template's whole environment. Default: `process.env`. */
  env?: NonNullable<SpawnOptions['env']>;
  /** The directory in which the template starts. Default: this process's. */
  cwd?: Bytes | URL;
  /** Standard input, output and error of the template and its children. Default: `'inherit'`. */
  stdio?: ServerStdio | readonly [stdin: ServerStdio, stdout: ServerStdio, stderr: ServerStdio];
  /** Descriptors of this process that the template and its children have under the same numbers, from 3 on. */
  keepFds?: Iterable<number>;
  /** How many children are forked in advance, so that a request costs no fork. At most 256. Default 0. */
  spare?: number;
  /**
   * What to do when the template has threads that a child would not have, as {@link ForkOptions} have it. Default `'throw'`: setup,
   * and each fork, rejects with `ERR_FORK_THREADS`, which names them.
   */
  threads?: ThreadPolicy;
  /** Whether the template calls {@link warmup} after setup and each `import()`. Default `true`. */
  warmup?: boolean;
  /** How long the template may take to end when the server is closed, in milliseconds; then it is killed. Default 1000. */
  grace?: number;
  /** Kills the template and all children. */
  signal?: AbortSignal;
}

/** What a standard stream of the template is: this process's, `/dev/null`, or a descriptor. */
export type ServerStdio = 'inherit' | 'ignore' | number;

/** Options of {@link ForkServer.fork}. */
export interface ServedOptions {
  /** Descriptors of this process for the child. It gets an array of their numbers there, after the arguments. */
  fds?: Iterable<number>;
  /** Whether there is a {@link ForkPort} on either side; the child gets its own as the last argument. Default `false`. */
  port?: boolean;
  /** Ends the child with `SIGKILL`; `result` rejects with an `AbortError`. */
  signal?: AbortSignal;
}

/** A process that forks on request. */
export interface ForkServer<A extends unknown[] = unknown[], R = unknown> extends AsyncDisposable {
  /** The template's. */
  readonly pid: number;
  /** What became of the template. */
  readonly ended: Promise<ChildStatus>;
  /** The URLs of modules that children had to load, because the template has not. Told by those that came to a result. */
  readonly missed: ReadonlySet<string>;
  /**
   * Has a child forked that calls the function of the setup module with these arguments, which are cloned at once: sockets and servers
   * may be among them, as in {@link ForkPort.postMessage}.
   *
   * @returns the child, as {@link forkRun} does, once it has a pid. Its `result` and `status` reject with `ERR_FORK_SERVER_ENDED` if the template
   * ends before it, which ends it as well
   * @throws (rejects) `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; `ERR_FORK_SERVER_ENDED`; an `AbortError`; what {@link fork} throws in the
   * template: `ERR_FORK_THREADS`, `EAGAIN`, …; `EMFILE`
   */
  fork(args: A, options: ServedOptions & { port: true }): Promise<ForkedChildWithPort<R>>;
  /** The same without a port. */
  fork(
    ...args: A extends [] ? [args?: A, options?: ServedOptions] : [args: A, options?: ServedOptions]
  ): Promise<ForkedChild<R>>;
  /**
   * Loads modules in the template, as the setup module would import them by these names: children that are forked from then on have them. Spare
   * ones are forked anew.
   *
   * @returns when they are loaded; those that were before are not loaded again
   * @throws (rejects) what loading them throws, in the order in which they are given; `ERR_FORK_SERVER_ENDED`
   */
  import(specifiers: string | URL | readonly (string | URL)[]): Promise<void>;
  /** Lets this process end though the server is there: the template ends with it. Children hold it all the same. */
  unref(): this;
  /** Takes `unref()` back. */
  ref(): this;
  /**
   * Ends the template and all children: what they have not done rejects with `ERR_FORK_SERVER_ENDED`.
   *
   * @returns when all have ended
   */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const NAMES = [
  ...(['args', 'execArgv', 'env', 'cwd', 'stdio', 'keepFds'] as const),
  ...(['spare', 'threads', 'warmup', 'grace', 'signal'] as const),
] as const;
const MAX_SPARE = 256;
const DEFAULT_GRACE = 1000; // ms
const TEMPLATE = path.join(__dirname, 'server-template.js');
const SIGKILL = 9;

const servers = new Set<Server>();
whenChild((bare) => {
  for (const server of servers) server.forget(bare);
  servers.clear();
});

/**
 * Starts a process of its own, the template, which loads the module `setup` and from then on forks on request. It is started as
 * {@link spawn} does it: beside any threads, from a Worker, whatever the heap of this process is. Children inherit the template's heap, none
 * of this one's: arguments and results travel by structured clone.
 *
 * @param setup - a module of either kind: a path (relative: to the current directory) or the URL of a file. Its default export, or `module.exports`, is the function that
 * each child calls with the arguments of its request
 * @returns when the module is loaded, and the template's heap collected. The server keeps this process alive until it is closed, or has ended by itself;
 * the template never outlives the thread that has started it
 * @throws (rejects) `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`, `ERR_FORK_AT_EXIT`; what the module throws;
 * `ERR_FORK_THREADS` if the template has a thread that a fork does not cover; `ERR_FORK_SERVER_ENDED` if it ends before it is ready; an
 * `AbortError`; as {@link spawn}
 * @see posix_spawn(3), fork(2), unix(7); docs/fork-server.md
 * @example
 * ```ts
 * const setup = new URL('setup.mjs', import.meta.url);
 * fs.writeFileSync(
 *   setup,
 *   `const words = new Map([['fork', 3]]); // is loaded once
 *    export default (word) => words.get(word);`,
 * );
 * await using server = await posix.forkServer<[string], number>(setup, { spare: 1 });
 * const child = await server.fork(['fork']);
 * console.log(await child.result); // prints: 3
 * ```
 */
export function forkServer<A extends unknown[] = unknown[], R = unknown>(
  setup: string | URL,
  options: ForkServerOptions = {},
): Promise<ForkServer<A, R>> {
  return new Promise((resolve) => {
    const server = new Server(prepare(setup, options));
    resolve(server.ready as Promise<unknown> as Promise<ForkServer<A, R>>);
  });
}

/** A child of a pool. @param places - the descriptor of the memory that it shares with the pool. @internal */
export function forkForPool(
  server: ForkServer<never[]>,
  memory: number,
  places: number,
): Promise<ForkedChildWithPort<void>> {
  return Server.forkForPool(server as unknown as Server, memory, places);
}

/** @internal */
export function isForkServer(value: unknown): boolean {
  return value instanceof Server;
}

interface Prepared {
  start: (socket: number) => number;
  setup: Extract<ServerRequest, { type: 'setup' }>;
  spare: number;
  grace: number;
  signal: AbortSignal | undefined;
}

function prepare(setup: unknown, options: ForkServerOptions): Prepared {
  const url = toUrl(setup, 'setup');
  const known = validateOptions(options, 'options', NAMES);
  const { args = [], execArgv = [], keepFds = [], spare = 0, threads = 'throw', signal } = known;
  const { warmup = true, grace = DEFAULT_GRACE } = known;
  const argv = toStrings(args, 'options.args');
  const flags = toStrings(execArgv, 'options.execArgv');
  const fds = toStdio(known.stdio);
  for (const fd of validateFds(keepFds, 'options.keepFds', 3)) fds[fd] = fd;
  validateInteger(spare, 'options.spare', 0, MAX_SPARE);
  validateOneOf(threads, 'options.threads', POLICIES);
  validateBoolean(warmup, 'options.warmup');
  validateInteger(grace, 'options.grace', 0, MAX_INT);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  // Free in the template, whatever else it is to have.
  const target = Math.max(2, ...Object.keys(fds).map(Number)) + 1;
  const [requester, thread] = ownThread();
  const program = [...flags, '--experimental-import-meta-resolve', TEMPLATE, String(target), requester, thread];
  const spawning: SpawnOptions = {};
  if (known.env !== undefined) spawning.env = known.env;
  if (known.cwd !== undefined) spawning.cwd = known.cwd;
  const start = (socket: number): number => {
    const all = { ...fds, [target]: socket };
    return prepareSpawn(process.execPath, program, { ...spawning, fds: all }, ['env', 'cwd', 'fds']).start(
      'forkServer()',
    ).pid;
  };
  prepareSpawn(process.execPath, program, { ...spawning, fds }, ['env', 'cwd', 'fds']); // checks the rest of it
  return { start, setup: { type: 'setup', url, args: argv, threads, warmup }, spare, grace, signal };
}

function toUrl(value: unknown, name: string): string {
  const isUrl = isInstance(value, URL);
  if (!isUrl && typeof value !== 'string') throw invalidType(name, 'of type string or an instance of URL', value);
  if (!isUrl && !value.startsWith('file:')) {
    validatePath(value, name);
    return pathToFileURL(value).href;
  }
  return toFileUrl(value, name).href;
}

// With everything that makes it one of a file: no host, no slash that is escaped.
function toFileUrl(value: string | URL, name: string): URL {
  try {
    const url = new URL(value);
    validatePath(fileURLToPath(url), name);
    return url;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalidValue(name, value, `must be a path or the URL of a file (${why})`);
  }
}

function toStrings(list: unknown, name: string): string[] {
  if (isArray(list) !== true) throw invalidType(name, 'an instance of Array', list);
  return Array.from(list as ArrayLike<unknown>, (each, i) => {
    if (typeof each !== 'string') throw invalidType(`${name}[${i}]`, 'of type string', each);
    if (each.includes('\0')) throw invalidValue(`${name}[${i}]`, each, 'must be a string without null bytes');
    return each;
  });
}

// What is not named is inherited, if it is open.
function toStdio(stdio: ForkServerOptions['stdio'] = 'inherit'): Record<number, 'ignore' | number> {
  const list = isArray(stdio) === true ? (stdio as readonly unknown[]) : [stdio, stdio, stdio];
  if (list.length !== 3) throw invalidValue('options.stdio', stdio, 'must have three elements');
  const fds: Record<number, 'ignore' | number> = {};
  list.forEach((each, target) => {
    const name = list === stdio ? `options.stdio[${target}]` : 'options.stdio';
    if (each === 'ignore') fds[target] = each;
    else if (typeof each === 'number') fds[target] = validateFds([each], name)[0] as number;
    else if (each !== 'inherit') throw invalidValue(name, each, "must be 'inherit', 'ignore' or a descriptor");
  });
  return fds;
}

// The template ends with it.
function ownThread(): [pid: string, tid: string] {
  const [pid, , tid] = readlinkSync('/proc/thread-self').split('/') as [string, string, string];
  return [pid, tid];
}

interface Settle<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

function settle<T>(): Settle<T> {
  let resolve!: Settle<T>['resolve'];
  let reject!: Settle<T>['reject'];
  const promise = new Promise<T>((...both) => ([resolve, reject] = both));
  promise.catch(() => undefined); // who wants to know asks
  return { promise, resolve, reject };
}

// What the requester knows of one child.
interface Served {
  id: number;
  port: ForkPort;
  pid: number | undefined; // not forked yet
  pidfd: number | undefined;
  end: NativeWatch | undefined; // of the pidfd
  forked: Settle<number>;
  status: Settle<ChildStatus>;
  repairError: string | undefined;
  killed: boolean; // as soon as it is there
}

class Server implements ForkServer {
  readonly pid: number;
  readonly ready: Promise<Server>;
  readonly ended: Promise<ChildStatus>;
  readonly missed = new Set<string>();
  readonly #control: ForkPort;
  readonly #spare: number;
  readonly #grace: number;
  readonly #signal: AbortSignal | undefined;
  readonly #setup = settle<Server>();
  readonly #children = new Map<number, Served>();
  readonly #imports = new Map<number, Settle<string[]>>();
  readonly #loaded = new Set<string>(); // by import(), so that no child misses it any more
  #spares: Served[] = [];
  #lastId = SETUP;
  #isReady = false;
  #ref = true;
  #hold: ((on: boolean) => void) | undefined;
  #over: Error | undefined;
  #hasEnded = false; // the template
  #allEnded = settle<undefined>();
  #leftovers = 0; // children that are killed, and have yet to end
  #timer: NodeJS.Timeout | undefined;
  readonly #abort = (): void => {
    this.#end(abortError(this.#signal as AbortSignal));
    this.#killTemplate();
  };

  constructor({ start, setup, spare, grace, signal }: Prepared) {
    this.ready = this.#setup.promise;
    this.#spare = spare;
    this.#grace = grace;
    this.#signal = signal;
    if (signal?.aborted) throw abortError(signal);
    const [ours, theirs] = native.socketpair('stream', true, true);
    this.#control = ForkPort.open(ours, false);
    try {
      this.pid = start(theirs);
    } catch (error) {
      this.#control.close();
      throw error;
    } finally {
      native.close(theirs);
    }
    servers.add(this);
    if (signal) addEventListener.call(signal, 'abort', this.#abort, { once: true });
    this.ended = startWait(this.pid, 0, (hold) => {
      this.#hold = hold;
    });
    this.ended.then(
      (status) => {
        this.#onEnd(status);
      },
      () => {
        this.#onEnd(undefined);
      },
    );
    const answers: EventEmitter = this.#control as never;
    answers.on('message', (answer: ServerAnswer, fds: number[]) => {
      this.#onAnswer(answer, fds);
    });
    answers.on('close', () => {
      if (!this.#over) this.#killTemplate(); // it has ended, or cannot be talked to
    });
    this.#control.postMessage(setup);
  }

  static forkForPool(server: Server, memory: number, places: number): Promise<ForkedChildWithPort<void>> {
    const child = server.#fork([], { port: true, fds: false, pool: { memory } }, [places]);
    return child as Promise<ForkedChildWithPort<void>>;
  }

  fork(args: readonly unknown[] = [], options: ServedOptions = {}): Promise<ForkedChildWithPort<never>> {
    return new Promise((resolve) => {
      if (isArray(args) !== true) throw invalidType('args', 'an instance of Array', args);
      const { fds = [], port = false, signal } = validateOptions(options, 'options', ['fds', 'port', 'signal']);
      const list = validateFds(fds, 'options.fds');
      validateBoolean(port, 'options.port');
      if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
      if (signal?.aborted) throw abortError(signal);
      const header: TaskHeader = { port, fds: options.fds !== undefined };
      resolve(this.#fork(args, header, list, signal) as Promise<ForkedChildWithPort<never>>);
    });
  }

  async #fork(
    args: readonly unknown[],
    header: TaskHeader,
    fds: readonly number[],
    signal?: AbortSignal,
  ): Promise<ForkedChild<unknown>> {
    const task = encodePost([...args, header], 'args', args);
    if (this.#over) {
      task.handles?.kept();
      throw this.#reason();
    }
    let pipe: [readFd: number, writeFd: number] | undefined;
    let served: Served | undefined;
    try {
      pipe = native.pipe(true, false);
      served = this.#nextSpare() ?? this.#request();
      ForkPort.postEncoded(served.port, task, [pipe[1], ...fds]);
    } catch (error) {
      if (pipe) native.close(pipe[0]);
      if (served) this.#dismiss(served);
      else task.handles?.kept(); // or the port has said so
      throw error;
    } finally {
      if (pipe) native.close(pipe[1]);
    }
    const [readFd] = pipe;
    this.#refill();
    const child = served;
    const { port: withPort } = header;
    if (!withPort) child.port.close(); // when the task is sent
    let pid: number;
    try {
      pid = await untilForked(child, signal);
    } catch (error) {
      native.close(readFd);
      if (withPort) child.port.close();
      if (signal?.aborted) this.#kill(child, SIGKILL);
      throw error;
    }
    return new Run({
      pid,
      readFd,
      status: child.status.promise,
      kill: (signo) => {
        this.#kill(child, signo);
      },
      port: withPort ? child.port : undefined,
      signal,
      heed: (extra: ServedExtra) => {
        this.#heed(extra);
      },
      why: () => child.repairError,
    });
  }

  import(specifiers: string | URL | readonly (string | URL)[]): Promise<void> {
    return new Promise((resolve) => {
      const list = toSpecifiers(specifiers);
      if (this.#over) throw this.#reason();
      const id = ++this.#lastId;
      const loading = settle<string[]>();
      this.#imports.set(id, loading);
      this.#control.postMessage({ type: 'import', id, specifiers: list } satisfies ServerRequest);
      const spares = this.#spares.splice(0);
      resolve(
        loading.promise
          .then((modules) => {
            for (const url of modules) {
              this.#loaded.add(url);
              this.missed.delete(url);
            }
          })
          .finally(() => {
            for (const spare of spares) this.#dismiss(spare);
            this.#refill();
          }),
      );
      this.#update();
    });
  }

  ref(): this {
    this.#ref = true;
    this.#update();
    return this;
  }

  unref(): this {
    this.#ref = false;
    this.#update();
    return this;
  }

  async close(): Promise<void> {
    if (!this.#over) {
      this.#end(ended(`The fork server ${this.pid} is closed`));
      this.#timer = setTimeout(() => {
        this.#killTemplate();
      }, this.#grace);
    }
    await this.#allEnded.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Child of a fork: all of it is the parent's. */
  forget(bare: boolean): void {
    this.#over ??= ended(`The fork server ${this.pid} is the parent's`);
    // Nothing is to be waited for here, and nothing killed: a signal is inherited, too.
    this.#hasEnded = true;
    this.#leftovers = 0;
    this.#allEnded.resolve(undefined);
    for (const served of this.#children.values()) this.#unwatch(served, bare);
    this.#children.clear();
    this.#imports.clear();
    this.#spares = [];
  }

  // The children

  #request(): Served {
    const [ours, theirs] = native.socketpair('stream', true, true);
    const id = ++this.#lastId;
    try {
      const port = ForkPort.open(ours, false);
      const served: Served = {
        ...{ id, port, pid: undefined, pidfd: undefined, end: undefined, repairError: undefined, killed: false },
        ...{ forked: settle<number>(), status: settle<ChildStatus>() },
      };
      this.#control.postMessage({ type: 'fork', id } satisfies ServerRequest, { fds: [theirs] });
      this.#children.set(id, served);
      this.#update();
      return served;
    } finally {
      native.close(theirs);
    }
  }

  #refill(): void {
    if (!this.#isReady || this.#imports.size > 0) return;
    try {
      while (!this.#over && this.#spares.length < this.#spare) this.#spares.push(this.#request());
    } catch {
      // No room for another one now: the next request tries again, and says so if it cannot.
    }
  }

  // One that has ended by itself is nobody's.
  #nextSpare(): Served | undefined {
    for (;;) {
      const spare = this.#spares.shift();
      if (spare?.pidfd === undefined || !native.waitForFd(spare.pidfd, true, false, 0)) return spare;
    }
  }

  // It has been told nothing: reads the end of its socket, and leaves.
  #dismiss({ port }: Served): void {
    port.close();
  }

  #kill(served: Served, signo: number): void {
    if (served.pid === undefined) {
      served.killed ||= signo === SIGKILL;
    } else if (served.pidfd !== undefined) {
      native.killByPidfd(served.pidfd, served.pid, signo);
    } else if (!this.#over) {
      this.#control.postMessage({ type: 'kill', id: served.id, signo } satisfies ServerRequest);
    }
  }

  #heed({ missed = [] }: ServedExtra): void {
    for (const url of missed) if (!this.#loaded.has(url)) this.missed.add(url);
  }

  // What the template says

  #onAnswer(answer: ServerAnswer, fds: number[]): void {
    if (answer.type === 'ready') {
      this.#isReady = true;
      this.#setup.resolve(this);
      this.#refill();
    } else if (answer.type === 'failed') {
      this.#onFailure(answer.id, errorOf(answer));
    } else if (answer.type === 'imported') {
      this.#imports.get(answer.id)?.resolve(answer.modules);
      this.#imports.delete(answer.id);
    } else {
      const served = this.#children.get(answer.id);
      if (served) this.#onChild(served, answer, fds);
      else for (const fd of fds) native.close(fd);
    }
    this.#update();
  }

  #onChild(
    served: Served,
    answer: Exclude<ServerAnswer, { type: 'ready' | 'failed' | 'imported' }>,
    fds: number[],
  ): void {
    if (answer.type === 'forked') {
      served.pid = answer.pid;
      this.#watch(served, fds[0]);
      served.forked.resolve(answer.pid);
      if (served.killed) this.#kill(served, SIGKILL);
      return;
    }
    this.#drop(served);
    if (answer.type === 'ended') {
      served.repairError = answer.repairError;
      served.status.resolve(toChildStatus(answer.status));
    } else {
      served.status.reject(errorOf(answer));
    }
  }

  #drop(served: Served): void {
    this.#children.delete(served.id);
    this.#spares = this.#spares.filter((spare) => spare !== served);
    this.#unwatch(served);
  }

  // Looked at only when there is no template any more to tell.
  #watch(served: Served, pidfd: number | undefined): void {
    if (pidfd === undefined) return;
    served.pidfd = pidfd;
    served.end = native.watchFd(pidfd, 'posix-fork.server', () => {
      this.#unwatch(served);
      served.status.reject(this.#over);
      this.#leftovers--;
      this.#tell();
    });
  }

  // A bare child's loop is its parent's.
  #unwatch(served: Served, bare = false): void {
    if (served.end && !bare) native.closeWatch(served.end);
    if (served.pidfd !== undefined) native.close(served.pidfd);
    served.end = undefined;
    served.pidfd = undefined;
  }

  #onFailure(id: number, error: unknown): void {
    if (id === SETUP) {
      this.#end(error);
      this.#killTemplate();
      return;
    }
    this.#imports.get(id)?.reject(error);
    this.#imports.delete(id);
    const served = this.#children.get(id);
    if (!served) return;
    this.#drop(served);
    served.port.close();
    served.forked.reject(error);
    served.status.reject(error);
  }

  // Its end

  #reason(): Error {
    return this.#over as Error;
  }

  #killTemplate(): void {
    if (!this.#hasEnded) killChild(this.pid, SIGKILL);
  }

  // The socket is closed, and the template ends; its children with it.
  #end(reason: unknown): void {
    if (this.#over) return;
    this.#over = reason as Error;
    if (this.#signal) removeEventListener.call(this.#signal, 'abort', this.#abort);
    this.#control.close();
    this.#setup.reject(reason);
    for (const { reject } of this.#imports.values()) reject(reason);
    this.#imports.clear();
    this.#spares = [];
    for (const served of this.#children.values()) this.#leave(served, reason);
    this.#children.clear();
  }

  #leave(served: Served, reason: unknown): void {
    served.port.close();
    served.forked.reject(reason);
    const { pid, pidfd, end } = served;
    if (pid === undefined || pidfd === undefined || !end) {
      served.status.reject(reason);
      return;
    }
    native.killByPidfd(pidfd, pid, SIGKILL);
    this.#leftovers++;
    native.setWatch(end, true, false, false, true);
  }

  #onEnd(status: ChildStatus | undefined): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#end(ended(`The fork server ${this.pid} ${howOf(status)}`, status));
    this.#tell();
  }

  #tell(): void {
    if (!this.#hasEnded || this.#leftovers > 0) return;
    servers.delete(this);
    this.#allEnded.resolve(undefined);
  }

  // What holds this process's loop: the server itself, unless it was let go, and whatever is asked of it.
  #update(): void {
    const asked = !this.#isReady || this.#imports.size > 0 || this.#children.size > this.#spares.length;
    const holds = this.#ref || asked;
    this.#hold?.(holds);
    if (holds) this.#control.ref();
    else this.#control.unref();
  }
}

function untilForked(served: Served, signal: AbortSignal | undefined): Promise<number> {
  if (served.pid !== undefined || signal === undefined) return served.forked.promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(abortError(signal));
    };
    addEventListener.call(signal, 'abort', abort, { once: true });
    served.forked.promise
      .finally(() => {
        removeEventListener.call(signal, 'abort', abort);
      })
      .then(resolve, reject);
  });
}

function errorOf(answer: Extract<ServerAnswer, { type: 'failed' | 'lost' }>): unknown {
  try {
    return resultOf(answer);
  } catch (error) {
    return error;
  }
}

function ended(message: string, status?: ChildStatus): Error {
  const error = codedError(Error, 'ERR_FORK_SERVER_ENDED', message);
  return status ? Object.assign(error, { status }) : error;
}

function howOf(status: ChildStatus | undefined): string {
  if (!status) return 'has ended';
  return status.state === 'signaled' ? `was ended by ${status.signal}` : `exited with code ${WEXITSTATUS(status.raw)}`;
}

function toSpecifiers(value: unknown): string[] {
  const list = isArray(value) === true ? (value as unknown[]) : [value];
  return list.map((each, i) => {
    const name = isArray(value) === true ? `specifiers[${i}]` : 'specifiers';
    if (isInstance(each, URL)) return each.href;
    if (typeof each !== 'string') throw invalidType(name, 'of type string or an instance of URL', each);
    if (each === '') throw invalidValue(name, each, 'cannot be empty');
    return path.isAbsolute(each) ? pathToFileURL(each).href : each;
  });
}
