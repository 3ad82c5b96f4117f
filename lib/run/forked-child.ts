// What does a parent have of a child that runs one function? Its result, which comes through a pipe, its status, and a way to end it.
import { inSameProcess } from '../child/when-child.js';
import { toSignalNumber } from '../reap/kill.js';
import { type ChildStatus, howOf, type SignalName } from '../reap/status.js';
import { ofThisProcess } from '../reap/ours.js';
import { findChanged, withBuiltIns } from '../sys/built-ins.js';
import { setImmediate } from '../sys/clock.js';
import { abortError, withFields } from '../sys/errors.js';
import { addEventListener, removeEventListener } from '../sys/listen.js';
import { native } from '../sys/native.js';
import { ForkPort } from './port.js';
import { decodeResult } from './result.js';
import type { Reading } from './result-pipe.js';

// As they were before the program had a chance to patch them.
const { apply } = Reflect;

/** A child that runs one function. */
export interface ForkedChild<T> extends AsyncDisposable {
  /** The child's pid. */
  readonly pid: number;
  /**
   * What `main` returned. It rejects with what `main` threw, with {@link ChildExitError} if the child ended without a result, and
   * with an `AbortError` if the signal ended it. You need not await it. In a process that is forked before that, this and
   * `status` reject with `ECHILD`: the child is its parent's.
   */
  readonly result: Promise<T>;
  /** With `port: true`: the parent's end. */
  readonly port?: ForkPort;
  /** The status of the process: `{ state: 'exited', code: 0 }`, or code 1 if `main` threw. */
  readonly status: Promise<ChildStatus>;
  /**
   * Sends a signal, by default `SIGTERM`. Does nothing once the child has ended, nor in a process that was forked since: the child is its parent's.
   *
   * @throws `ERR_UNKNOWN_SIGNAL`, `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
   */
  kill(signal?: SignalName | number): void;
  /** Ends the child with `SIGKILL` if it still runs, and waits for its end. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A child with a port. */
export interface ForkedChildWithPort<T> extends ForkedChild<T> {
  /** The parent's end; `main` has the other. */
  readonly port: ForkPort;
}

/**
 * The child ended without a result: by a signal, by `process.exit()`, or because `main` awaited something that could not happen.
 * Or it could not start its threads; then the message says which limit was reached.
 */
export class ChildExitError extends Error {
  /** The error's code. */
  readonly code = 'ERR_CHILD_EXIT';
  /** How it ended. */
  readonly status: ChildStatus;
  /** In {@link forkMap}: the index of the item at which it ended. */
  declare readonly index?: number;

  /** @internal */
  constructor(status: ChildStatus, why = native.repairErrorOf(status.pid)) {
    super(
      why === undefined // what it said before its JavaScript began
        ? `Child ${status.pid} ${howOf(status)} and left no result`
        : `Child ${status.pid} could not be set up: ${why}`,
    );
    this.status = status;
    withFields(this, { name: 'ChildExitError' });
  }
}

/** A child that has been forked, whoever its parent is. @internal */
export interface Running {
  pid: number;
  /** What brings the result: ends when the child does. */
  reading: Reading;
  status: Promise<ChildStatus>;
  /** Sends a signal to a child that has not ended, as far as one knows. */
  kill: (signo: number) => void;
  port?: ForkPort | undefined;
  signal?: AbortSignal | undefined;
  /** What else came with the result. */
  heed?: (message: object) => void;
  /** What a child of another process's said that could not be set up. */
  why?: () => string | undefined;
}

/** @internal */
export class Run<T> implements ForkedChild<T> {
  readonly pid: number;
  readonly #result: () => Promise<T>;
  readonly #status: () => Promise<ChildStatus>;
  declare readonly port?: ForkPort;
  readonly #kill: (signo: number) => void;
  // Not `this.port`, which every object may inherit.
  readonly #port: ForkPort | undefined;
  // In a process that was forked since, neither the signal nor kill() ends this child: it is the parent's.
  readonly #isOurs = inSameProcess();
  #ended = false;

  constructor(running: Running) {
    const { pid, reading, status, kill, port, signal } = running;
    this.pid = pid;
    this.#kill = kill;
    if (port) Object.defineProperty(this, 'port', { value: port, enumerable: true });
    this.#port = port;
    if (port) ForkPort.give(port);
    const abort = (): void => {
      this.kill('SIGKILL');
    };
    if (signal?.aborted)
      abort(); // between the fork and here
    else if (signal) apply(addEventListener, signal, ['abort', abort, { once: true }]);
    this.#status = ofThisProcess(
      this.#end(status, () => {
        if (signal) apply(removeEventListener, signal, ['abort', abort]);
      }),
    );
    this.#result = ofThisProcess(this.#settle(reading.message, running));
  }

  get result(): Promise<T> {
    return this.#result();
  }

  get status(): Promise<ChildStatus> {
    return this.#status();
  }

  kill(signal: SignalName | number = 'SIGTERM'): void {
    const signo = toSignalNumber(signal);
    if (!this.#ended && this.#isOurs()) this.#kill(signo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    if (!this.#isOurs()) return;
    await this.#status().catch(() => undefined); // it has ended, whatever became of it
    this.#port?.close();
  }

  async #end(status: Promise<ChildStatus>, forget: () => void): Promise<ChildStatus> {
    try {
      return await status;
    } finally {
      this.#ended = true;
      if (this.#port) ForkPort.peerEnded(this.#port);
      forget();
    }
  }

  async #settle(message: Promise<Buffer[] | undefined>, { signal, heed, why }: Running): Promise<T> {
    let received: Buffer[] | undefined;
    try {
      received = await message;
    } finally {
      if (this.#port) ForkPort.peerExits(this.#port);
    }
    // What it posted before is told before: it is there, and perhaps more than a turn takes.
    if (this.#port)
      do await new Promise((resolve) => setImmediate(resolve));
      while (ForkPort.hasNews(this.#port));
    if (received !== undefined) return withBuiltIns(findChanged(), () => decodeResult(received, heed)) as T;
    const status = await this.#status();
    throw signal?.aborted ? abortError(signal) : new ChildExitError(status, why?.());
  }
}
