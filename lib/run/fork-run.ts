// How does one run a function, and nothing else, in a child, and get its result?
import { closeSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { onCleanTurn } from '../fork/clean-turn.js';
import { abortError } from '../sys/errors.js';
import { checkForkOptions, type CheckedForkOptions, FORK_OPTIONS, forkFrom, type ForkOptions } from '../fork/fork.js';
import { isKeep, type Keepable, resolveKept } from '../fork/keep.js';
import { addEventListener, removeEventListener } from '../sys/listen.js';
import { handleOf } from '../node/handles.js';
import { findChanged, withBuiltIns } from '../sys/built-ins.js';
import { native } from '../sys/native.js';
import { runInChild } from './child.js';
import { ForkPort } from './port.js';
import { decodeResult } from './result.js';
import { type ChildStatus, type SignalName, WEXITSTATUS } from '../reap/status.js';
import { invalidType, validateAbortSignal, validateBoolean, validateOneOf, validateOptions } from '../sys/validate.js';
import { killChild, toSignalNumber } from '../reap/kill.js';
import { waitpid } from '../reap/wait.js';
import { retain } from '../child/retained.js';
import { whenChild } from '../child/when-child.js';
import { framesAbove } from '../sys/stack.js';
import { requireStack } from '../fork/stack-left.js';

// As they were before the program had a chance to patch them.
const { apply } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a set
const { add, delete: remove, forEach } = Set.prototype;

// With a port or without one.
type Main<T> = (port: never) => T | PromiseLike<T>;

// As much as a pipe holds by default. libuv reads 32 times before it looks at anything else.
const READ_SIZE = 65_536; // bytes

/** Options of {@link forkRun}. */
export interface ForkRunOptions extends ForkOptions {
  /** Ends the child with `SIGKILL`; `result` rejects with an `AbortError`. */
  signal?: AbortSignal;
  /** Whether parent and child get a {@link ForkPort} each, to send messages through. Default `false`. */
  port?: boolean;
}

/** A child that runs one function. */
export interface ForkedChild<T> extends AsyncDisposable {
  /** The child's. */
  readonly pid: number;
  /**
   * What `main` returned. Rejects with what it threw, with {@link ChildExitError} if the child ended without a result, and
   * with an `AbortError` if the signal ended it. Nobody has to ask for it.
   */
  readonly result: Promise<T>;
  /** With `port: true`: the parent's end. */
  readonly port?: ForkPort;
  /** What became of the process: `{ state: 'exited', code: 0 }`, or code 1 if `main` threw. */
  readonly status: Promise<ChildStatus>;
  /**
   * Sends a signal, by default `SIGTERM`. Does nothing once the child has ended.
   *
   * @throws `ERR_UNKNOWN_SIGNAL`, `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
   */
  kill(signal?: SignalName | number): void;
  /** Ends the child with `SIGKILL` if it still runs, and waits for its end. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** One that has a port. */
export interface ForkedChildWithPort<T> extends ForkedChild<T> {
  /** The parent's end; `main` has the other. */
  readonly port: ForkPort;
}

/**
 * The child ended and left no result: a signal, `process.exit()`, or nothing to wait for while `main` was not through. Or it
 * could not start its threads; then the message says which limit it met.
 */
export class ChildExitError extends Error {
  /** As Node's own errors have one. */
  readonly code = 'ERR_CHILD_EXIT';
  /** How it ended. */
  readonly status: ChildStatus;
  /** Of {@link forkMap}: the item that it was at. */
  declare readonly index?: number;

  /** @internal */
  constructor(status: ChildStatus) {
    const how =
      status.state === 'signaled' ? `was ended by ${status.signal}` : `exited with code ${WEXITSTATUS(status.raw)}`;
    const why = native.repairErrorOf(status.pid); // before its JavaScript began
    super(
      why === undefined
        ? `Child ${status.pid} ${how} and left no result`
        : `Child ${status.pid} could not be set up: ${why}`,
    );
    this.name = 'ChildExitError';
    this.status = status;
  }
}

/**
 * The same with a {@link ForkPort} on either side, through which parent and child send each other messages.
 *
 * @returns once the child runs; `port` is the parent's end
 * @throws (rejects) as {@link fork}; `EMFILE` if there is no room for the sockets
 * @see fork(2), unix(7)
 * @example
 * ```ts
 * const child = await posix.forkRun((port) => void port.postMessage('from the child'), { port: true });
 * child.port.on('message', (message) => console.log(message)); // prints: from the child
 * await child.result;
 * ```
 */
export function forkRun<T>(
  main: (port: ForkPort) => T | PromiseLike<T>,
  options: ForkRunOptions & { port: true },
): Promise<ForkedChildWithPort<T>>;
/**
 * Runs `main`, and nothing else, in a child: the real `fork(2)`, so `main` sees the whole heap as it is, and nothing of it
 * is copied or serialized. The child is forked on a clean turn of the loop; only the parent goes on with the caller's code.
 *
 * @returns once the child runs. Its result comes back by structured clone, of any size, without blocking the loop but for
 * the decoding of the value (what cannot be cloned is `ERR_CHILD_RESULT`, which says which part); an error as the same class, with its message, code, cause and the child's stack. `exit` and
 * `beforeExit` listeners of the parent's are not called in the child; what `main` itself registers is.
 * @throws (rejects) as {@link fork}; with an `AbortError` if the signal was aborted before the fork
 * @see fork(2)
 * @example
 * ```ts
 * const hugeIndex = new Map([['fork', 3]]);
 * await using child = await posix.forkRun(() => hugeIndex.get('fork'));
 * console.log(await child.result); // prints: 3
 * ```
 */
export function forkRun<T>(main: () => T | PromiseLike<T>, options?: ForkRunOptions): Promise<ForkedChild<T>>;
export async function forkRun<T>(main: Main<T>, options: ForkRunOptions = {}): Promise<ForkedChild<T>> {
  requireStack('forkRun()');
  const frames = framesAbove(forkRun); // the fork has a stack of its own
  const checked = withBuiltIns(findChanged(), () => checkRunOptions(main, options));
  // Awaited: a promise that is returned is asked for its `then`, which the program may have changed.
  return await forkRunFrom(frames, main, checked.fork, checked.own);
}

function checkRunOptions<T>(main: Main<T>, options: ForkRunOptions): { fork: CheckedForkOptions; own: RunOptions } {
  if (typeof main !== 'function') throw invalidType('main', 'of type function', main);
  const known = validateOptions(options, 'options', [...FORK_OPTIONS, 'signal', 'port']);
  const { signal, port = false, keep = [], ...others } = known;
  // What can be iterated only once is looked at here, and again by the fork.
  const kept: unknown = isKeep(keep) ? [...keep] : keep;
  const forkOptions = checkForkOptions({ ...others, keep: kept as Keepable[] }, 'forkRun');
  validateOneOf(forkOptions.runtime, 'options.runtime', ['full']);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  validateBoolean(port, 'options.port');
  return { fork: forkOptions, own: { port, signal, keep: kept as Keepable[] } };
}

/** What is forkRun()'s own of its options. @internal */
export interface RunOptions {
  port: boolean;
  signal?: AbortSignal | undefined;
  /** Looked at once more by the fork: what was open when the user called may have been closed since. */
  keep?: readonly Keepable[];
}

/**
 * The same, for what stands between the user and forkRun().
 *
 * @param frames - the stack from the user's line on, for the warning. @internal
 */
export function forkRunFrom<T>(
  frames: () => string,
  main: Main<T>,
  forkOptions: CheckedForkOptions,
  own: RunOptions,
): Promise<ForkedChild<T>> {
  return new Promise((resolve, reject) => {
    onCleanTurn(() => {
      try {
        if (own.signal?.aborted) throw abortError(own.signal);
        const { keep } = own;
        const kept = keep ? withBuiltIns(findChanged(), () => resolveKept(keep)) : forkOptions.kept;
        const child = start(main, frames, { ...forkOptions, kept }, own);
        if (child) resolve(child);
        else retain(resolve, reject);
      } catch (error) {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it comes from fork()
        reject(error);
      }
    });
  });
}

// Returns undefined in the child.
function start<T>(
  main: Main<T>,
  frames: () => string,
  options: CheckedForkOptions,
  own: RunOptions,
): Run<T> | undefined {
  const changed = findChanged();
  const opened: number[] = [];
  let port: ForkPort | undefined;
  let pid: number;
  try {
    withBuiltIns(changed, () => {
      opened.push(...native.pipe(true, false));
      if (!own.port) return;
      const [ours, theirs] = native.socketpair('stream', true, true);
      opened.push(theirs);
      port = ForkPort.open(ours, false);
    });
    pid = forkFrom(frames, options, changed);
  } catch (error) {
    for (let i = 0; i < opened.length; i++) closeSync(opened[i] as number);
    port?.close();
    throw error;
  }
  const { 0: readFd, 1: writeFd, 2: socket } = opened as [number, number, number | undefined];
  if (pid === 0) {
    runInChild(main as (port?: ForkPort) => unknown, changed, readFd, writeFd, socket);
    return undefined;
  }
  closeSync(writeFd); // so that the pipe ends when the child does
  if (socket !== undefined) closeSync(socket);
  return withBuiltIns(changed, () => new Run<T>(pid, readFd, port, own.signal));
}

class Run<T> implements ForkedChild<T> {
  readonly pid: number;
  readonly result: Promise<T>;
  readonly status: Promise<ChildStatus>;
  declare readonly port?: ForkPort;
  #ended = false;

  constructor(pid: number, readFd: number, port?: ForkPort, signal?: AbortSignal) {
    this.pid = pid;
    if (port) this.port = port;
    const abort = (): void => {
      this.kill('SIGKILL');
    };
    if (signal) apply(addEventListener, signal, ['abort', abort, { once: true }]);
    this.status = this.#end(waitpid(pid), () => {
      if (signal) apply(removeEventListener, signal, ['abort', abort]);
    });
    this.result = this.#settle(readMessage(readFd), signal);
    // Who wants to know asks; an answer that nobody asked for is no unhandled rejection.
    this.status.catch(() => undefined);
    this.result.catch(() => undefined);
  }

  kill(signal: SignalName | number = 'SIGTERM'): void {
    const signo = toSignalNumber(signal);
    if (!this.#ended) killChild(this.pid, signo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.status;
    this.port?.close();
  }

  async #end(status: Promise<ChildStatus>, forget: () => void): Promise<ChildStatus> {
    try {
      return await status;
    } finally {
      this.#ended = true;
      if (this.port) ForkPort.peerEnded(this.port);
      forget();
    }
  }

  async #settle(message: Promise<Buffer[] | undefined>, signal?: AbortSignal): Promise<T> {
    let received: Buffer[] | undefined;
    try {
      received = await message;
    } finally {
      if (this.port) ForkPort.peerExits(this.port);
    }
    if (received !== undefined) return withBuiltIns(findChanged(), () => decodeResult(received)) as T;
    const status = await this.status;
    throw signal?.aborted ? abortError(signal) : new ChildExitError(status);
  }
}

// Of the results that are being read. Also a child that inherits all reads none of them: of two readers each would get pieces.
const reading = new Set<Socket>();
whenChild((bare) => {
  if (bare) return; // its loop is the parent's
  apply(forEach, reading, [stopReading]);
});

function stopReading(socket: Socket): void {
  const handle = handleOf(socket);
  handle?.readStop?.();
  handle?.unref?.();
}

// Of each part eight bytes of length (negative if another part follows), then as many as that: undefined if they do not come.
// They are read to where they stay: chunks of their own would be 4,096 allocations outside the heap for 256 MB, the collector's
// pauses for them, and a copy.
function readMessage(fd: number): Promise<Buffer[] | undefined> {
  return new Promise((resolve, reject) => {
    const header = Buffer.alloc(8);
    const parts: Buffer[] = [];
    let part: Buffer | undefined;
    let filled = 0; // of the header, then of the part
    let last = false;
    let complete = false;
    const socket = new Socket({
      fd,
      readable: true,
      writable: false,
      onread: {
        buffer: () => part?.subarray(filled, filled + READ_SIZE) ?? header.subarray(filled),
        callback(bytes: number) {
          filled += bytes;
          if (part === undefined && filled === header.length) {
            const length = Number(header.readBigInt64LE());
            last = length >= 0;
            try {
              part = Buffer.allocUnsafeSlow(Math.abs(length));
            } catch (error) {
              // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it comes from Buffer
              reject(error); // there is no room for it
              socket.destroy();
              return false;
            }
            parts[parts.length] = part;
            filled = 0;
          }
          if (filled === part?.length) {
            part = undefined;
            filled = 0;
            complete = last;
            if (complete) socket.destroy();
          }
          return true;
        },
      },
    } as SocketConstructorOpts);
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      apply(remove, reading, [socket]);
      resolve(complete ? parts : undefined);
    });
    apply(add, reading, [socket]);
    socket.resume();
  });
}
