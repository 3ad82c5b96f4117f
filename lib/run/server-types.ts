// What does one ask of a fork server, and what has one of it then?
import type { ThreadPolicy } from '../fork/thread-policy.js';
import type { ChildStatus } from '../reap/status.js';
import type { SpawnOptions } from '../spawn/start.js';
import type { Bytes } from '../sys/native.js';
import type { ForkedChild, ForkedChildWithPort } from './forked-child.js';

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
  /**
   * How long the template may take to end when the server is closed, in milliseconds; then it is killed. And how often children are looked at
   * whose end the template, if it is stopped, does not tell. Default 1000.
   */
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
   * @returns the child, as {@link forkRun} does, once it has its task. One that ends before that is nobody's: another one has the task then, once.
   * `result` and `status` reject with `ERR_FORK_SERVER_ENDED` if the template ends before the child, which ends it as well; with
   * `ERR_CHILD_STATUS_LOST` if it has ended while the template is stopped
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
