// Which options does a fork server have, and what can it do?
import type { ThreadPolicy } from '../fork/thread-policy.js';
import type { ChildStatus } from '../reap/status.js';
import type { SpawnOptions } from '../spawn/start.js';
import type { Bytes } from '../sys/native.js';
import type { ForkedChild, ForkedChildWithPort } from './forked-child.js';

/** Options of {@link forkServer}. */
export interface ForkServerOptions {
  /** `process.argv` of the template and its children, from the third element on. */
  args?: readonly string[];
  /**
   * Options of Node.js for the template, such as `['--import', '@swc-node/register/esm-register']`. Default: none, not even this
   * process's `process.execArgv`.
   */
  execArgv?: readonly string[];
  /** The template's whole environment. Default: `process.env`. */
  env?: NonNullable<SpawnOptions['env']>;
  /** The directory in which the template starts. Default: this process's. */
  cwd?: Bytes | URL;
  /** Standard input, output and error of the template and its children. Default: `'inherit'`. */
  stdio?: ServerStdio | readonly [stdin: ServerStdio, stdout: ServerStdio, stderr: ServerStdio];
  /** Descriptors of this process, from 3 on, that the template and its children have, too, under the same numbers. */
  keepFds?: Iterable<number>;
  /** How many children are forked in advance, so that a request costs no fork. At most 256. Default 0. */
  spare?: number;
  /**
   * What to do if the template has threads that a child is not safe from, as in {@link ForkOptions}. Default `'throw'`:
   * `forkServer()`, or a later `fork()`, rejects with `ERR_FORK_THREADS`, which names them.
   */
  threads?: ThreadPolicy;
  /** Whether the template calls {@link warmup} after setup and each `import()`. Default `true`. */
  warmup?: boolean;
  /**
   * How long the template may take to end when the server is closed, in milliseconds; after that it is killed. It is also the
   * interval at which children of a stopped template are checked. Default 1000.
   */
  grace?: number;
  /** Kills the template and all children. */
  signal?: AbortSignal;
}

/** A standard stream of the template: that of this process, `/dev/null`, or a descriptor. */
export type ServerStdio = 'inherit' | 'ignore' | number;

/** Options of {@link ForkServer.fork}. */
export interface ServedOptions {
  /** Descriptors of this process for the child. The function gets an array of their numbers in the child, after the arguments. */
  fds?: Iterable<number>;
  /** Whether parent and child get a {@link ForkPort} each; the function gets the child's as its last argument. Default `false`. */
  port?: boolean;
  /** Ends the child with `SIGKILL`; `result` rejects with an `AbortError`. */
  signal?: AbortSignal;
}

/** A process that forks on request. */
export interface ForkServer<A extends unknown[] = unknown[], R = unknown> extends AsyncDisposable {
  /** The template's pid. */
  readonly pid: number;
  /** The template's status, when it has ended. In a process that was forked since, it rejects with `ECHILD`. */
  readonly ended: Promise<ChildStatus>;
  /** The URLs of modules that children had to load because the template had not. They come with results, so a child that crashes
   * reports none. */
  readonly missed: ReadonlySet<string>;
  /**
   * Forks a child of the template, which calls the function of the setup module with these arguments. They are cloned at once,
   * and may contain sockets and servers, as in {@link ForkPort.postMessage}.
   *
   * @returns the child, as {@link forkRun} does, once it has begun its task. If a child ends before that, another one gets the
   * task, once. If the template ends first, that ends the child, too, and `result` and `status` reject with
   * `ERR_FORK_SERVER_ENDED`. If the child ends while the template is stopped, they reject with `ERR_CHILD_STATUS_LOST`
   * @throws (rejects) `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`; `ERR_FORK_SERVER_ENDED`; an `AbortError`; what {@link fork} throws in the
   * template: `ERR_FORK_THREADS`, `EAGAIN`, …; `EMFILE`
   */
  fork(args: A, options: ServedOptions & { port: true }): Promise<ForkedChildWithPort<R>>;
  /** The same without a port. */
  fork(
    ...args: A extends [] ? [args?: A, options?: ServedOptions] : [args: A, options?: ServedOptions]
  ): Promise<ForkedChild<R>>;
  /**
   * Loads modules in the template, with specifiers as the setup module would use them. All children that are forked afterwards
   * have them; spare children are replaced.
   *
   * @returns when they are loaded; a module is not loaded twice
   * @throws (rejects) the first error of loading them, in the order in which they are given; `ERR_FORK_SERVER_ENDED`
   */
  import(specifiers: string | URL | readonly (string | URL)[]): Promise<void>;
  /** Lets this process end while the server runs; the template then ends, too. Children still keep this process alive. */
  unref(): this;
  /** Undoes `unref()`. */
  ref(): this;
  /**
   * Ends the template and all children. What is pending rejects with `ERR_FORK_SERVER_ENDED`.
   *
   * @returns when all have ended
   */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
