// How does one start a program, talk to it, and end it in time?
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { inSameProcess } from '../child/when-child.js';
import { onlyThese } from '../node/stream-options.js';
import { killChild, toSignalNumber } from '../reap/kill.js';
import { ofThisProcess } from '../reap/ours.js';
import type { ChildStatus, SignalName } from '../reap/status.js';
import { startWait, waitpidSync } from '../reap/wait.js';
import { clearTimeout, setTimeout } from '../sys/clock.js';
import { abortError } from '../sys/errors.js';
import { addEventListener, ONCE, removeEventListener } from '../sys/listen.js';
import { type Bytes, native } from '../sys/native.js';
import { invalidValue, MAX_INT, validateAbortSignal, validateInteger } from '../sys/validate.js';
import { Pty, toPtySize } from '../terminal/pty.js';
import type { WindowSize } from '../terminal/termios.js';
import type { ChildFile } from './fds.js';
import { prepareSpawn, SPAWN_CHILD_OPTIONS, SPAWN_OPTIONS, type SpawnOptions } from './start.js';

/** As the `fds` of {@link SpawnOptions}. `'pipe'` is one end of a pipe (from 3 on, of a socket pair), whose other end is a stream
 * here. */
export type ChildFds = Readonly<Record<number, 'inherit' | 'ignore' | 'pipe' | number | ChildFile>>;

/** Options of {@link spawnChild}. */
export interface SpawnChildOptions<F extends ChildFds = ChildFds, P extends PtyOption = PtyOption> extends Omit<
  SpawnOptions,
  'fds'
> {
  /** The child's descriptors. 0 to 2 are inherited unless the map says otherwise. */
  fds?: F;
  /** Sends `killSignal` when it is aborted. */
  signal?: AbortSignal;
  /** Sends `killSignal` after so many milliseconds. Default, and 0: never. */
  timeout?: number;
  /**
   * Gives the program a terminal of its own, which is `child.pty` in this process. It is the controlling terminal of a new
   * session that the program leads, and its descriptors 0 to 2 unless `fds` says otherwise. `true`: with 24 rows and 80 columns.
   */
  pty?: P;
  /** The signal that `signal` and `timeout` send. Default `'SIGTERM'`. */
  killSignal?: SignalName | number;
}

/** The option `pty`. */
export type PtyOption = true | WindowSize | undefined;

/** A stream if the descriptor is a pipe, otherwise `null`. */
export type Piped<F, N, S> = N extends keyof F
  ? 'pipe' extends F[N]
    ? [F[N]] extends ['pipe']
      ? S
      : S | null
    : null
  : null;

/** A program that was started by {@link spawnChild}. */
export interface SpawnedChild<F extends ChildFds = ChildFds, P extends PtyOption = PtyOption> extends AsyncDisposable {
  /** The child's pid, for {@link waitpid}, {@link kill} and other functions. */
  readonly pid: number;
  /** The master of its terminal, with the option `pty`; otherwise `null`. */
  readonly pty: P extends undefined ? null : Pty;
  /** Its standard input, if `fds` has `0: 'pipe'`; otherwise `null`. */
  readonly stdin: Piped<F, 0, Writable>;
  /** Its standard output, if `fds` has `1: 'pipe'`; otherwise `null`. */
  readonly stdout: Piped<F, 1, Readable>;
  /** Its standard error, if `fds` has `2: 'pipe'`; otherwise `null`. */
  readonly stderr: Piped<F, 2, Readable>;
  /** All its streams, by the child's descriptor. From 3 on they go both ways. */
  readonly streams: { readonly [N in keyof F as 'pipe' extends F[N] ? N : never]: Socket };
  /** The child's status. It does not wait for the streams, which may still have data to read. In a process that is forked before the
   * child has ended, it rejects with `ECHILD`: the child is its parent's. */
  readonly status: Promise<ChildStatus>;
  /** Whether `timeout` was over before the program ended. */
  readonly timedOut: boolean;
  /**
   * Sends a signal, by default `SIGTERM`. Does nothing once the child has ended, nor in a process that was forked since: the child is its parent's.
   *
   * @throws `ERR_UNKNOWN_SIGNAL`, `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EPERM`: the child is another user's
   */
  kill(signal?: SignalName | number): void;
  /** Lets this process end before the child and its streams do. */
  unref(): void;
  /** Undoes {@link unref}. */
  ref(): void;
  /** Ends the child with `SIGKILL` if it still runs, waits for its end, and closes its streams. In a process that was forked since it does the last only. */
  [Symbol.asyncDispose](): Promise<void>;
}

const NAMES = [...SPAWN_OPTIONS, ...SPAWN_CHILD_OPTIONS];

/**
 * Starts a program as {@link spawn} does, and returns an object with a stream for each pipe and a promise of its status. A
 * time-out or an `AbortSignal` can end it. There are no events: the program runs when the call returns; otherwise the call
 * throws.
 *
 * @param args - without `argv[0]`; may be left out before `options`
 * @returns the child, typed by its `fds`: `stdout` is a stream if `fds` has `1: 'pipe'`, and `null` otherwise
 * @throws as {@link spawn}; `AbortError`: `signal` was aborted already, and nothing was started; `EMFILE`: no descriptors left for
 * the pipes
 * @see posix_spawn(3), pipe(2), socketpair(2); docs/spawning.md, which compares it with `child_process`
 * @example
 * ```ts
 * import { text } from 'node:stream/consumers';
 *
 * await using child = posix.spawnChild('tr', ['a-z', 'A-Z'], { fds: { 0: 'pipe', 1: 'pipe' }, timeout: 5000 });
 * child.stdin.end('hello');
 * console.log(await text(child.stdout)); // prints: HELLO
 * console.log((await child.status).state); // prints: exited
 * ```
 */
export function spawnChild<const F extends ChildFds = Record<number, never>, const P extends PtyOption = undefined>(
  file: Bytes | URL,
  args: readonly Bytes[] | SpawnChildOptions<F, P> = [],
  options?: SpawnChildOptions<F, P>,
): SpawnedChild<F, P> {
  const program = prepareSpawn(file, args, options, NAMES, {
    pipes: true,
    pty: ({ pty }) => (pty === undefined ? undefined : toPtySize(pty)),
  });
  const { signal, timeout, killSignal = 'SIGTERM' } = program.options as SpawnChildOptions;
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  if (timeout !== undefined) validateInteger(timeout, 'options.timeout', 0, MAX_INT);
  const signo = toSignalNumber(killSignal, 'options.killSignal');
  if (signo === 0) throw invalidValue('options.killSignal', killSignal, 'must be a signal');
  if (signal?.aborted) throw abortError(signal);
  const { pid, ours, master } = program.start('spawnChild()');
  try {
    return new Spawned(pid, ours, master, { signal, timeout, signo }) as unknown as SpawnedChild<F, P>;
  } catch (error) {
    // Its terminal cannot be watched: ENOSPC, ENOMEM. Nobody has its pid yet.
    killChild(pid, SIGKILL);
    waitpidSync(pid);
    if (master !== undefined) native.close(master);
    throw error;
  }
}

const SIGKILL = 9;

class Spawned implements SpawnedChild<Record<number, 'pipe'>, true> {
  readonly pid: number;
  readonly streams = Object.create(null) as Record<number, Socket>;
  readonly #status: () => Promise<ChildStatus>;
  readonly #pty: Pty | null;
  // Nor does an inherited signal or timer end it in a child of this process's.
  readonly #isOurs = inSameProcess();
  #ended = false;
  #timedOut = false;
  #hold: ((on: boolean) => void) | undefined;

  constructor(
    pid: number,
    ours: ReadonlyMap<number, number>,
    master: number | undefined,
    { signal, timeout, signo }: { signal: AbortSignal | undefined; timeout: number | undefined; signo: number },
  ) {
    this.pid = pid;
    for (const [target, fd] of ours) {
      this.streams[target] = new Socket(
        onlyThese({ fd, readable: target !== 0, writable: target === 0 || target > 2 }),
      );
    }
    const abort = (): void => {
      this.kill(signo);
    };
    if (signal) addEventListener.call(signal, 'abort', abort, ONCE);
    const timer =
      timeout === undefined || timeout === 0
        ? undefined
        : setTimeout(() => {
            this.#timedOut = true;
            this.kill(signo);
          }, timeout).unref(); // the wait holds the loop, if anything does
    const waited = startWait(pid, 0, (hold) => {
      this.#hold = hold;
    });
    const status = waited.finally(() => {
      this.#ended = true;
      clearTimeout(timer);
      if (signal) removeEventListener.call(signal, 'abort', abort);
    });
    this.#pty = master === undefined ? null : new Pty(master, status);
    this.#status = ofThisProcess(status);
  }

  get status(): Promise<ChildStatus> {
    return this.#status();
  }

  // null where there is none: the types of SpawnedChild know, here and below.
  get pty(): Pty {
    return this.#pty as Pty;
  }

  get stdin(): Socket {
    return this.#stream(0);
  }

  get stdout(): Socket {
    return this.#stream(1);
  }

  get stderr(): Socket {
    return this.#stream(2);
  }

  #stream(target: number): Socket {
    return (this.streams[target] ?? null) as Socket;
  }

  get timedOut(): boolean {
    return this.#timedOut;
  }

  kill(signal: SignalName | number = 'SIGTERM'): void {
    const signo = toSignalNumber(signal);
    // Its pid may be another's by then.
    if (!this.#ended && this.#isOurs()) killChild(this.pid, signo);
  }

  unref(): void {
    this.#hold?.(false);
    this.#pty?.unref();
    for (const stream of Object.values(this.streams)) stream.unref();
  }

  ref(): void {
    this.#hold?.(true);
    this.#pty?.ref();
    for (const stream of Object.values(this.streams)) stream.ref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    if (this.#isOurs()) await this.status;
    this.#pty?.destroy();
    for (const stream of Object.values(this.streams)) stream.destroy();
  }
}
