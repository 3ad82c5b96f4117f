// How does a program get a terminal that this process is behind?
import { Duplex } from 'node:stream';
import { inSameProcess, whenChild } from '../child/when-child.js';
import { onlyThese } from '../node/stream-options.js';
import { clearTimeout, setTimeout } from '../sys/clock.js';
import { codedError } from '../sys/errors.js';
import { native, type NativeWatch } from '../sys/native.js';
import { invalidType } from '../sys/validate.js';
import { toWindowSize, type WindowSize } from './termios.js';

const USUAL: WindowSize = Object.freeze({ rows: 24, cols: 80 });
// The kernel gives 4 KB at a time at most (N_TTY_BUF_SIZE); a few of them make a chunk.
const CHUNK = 65_536;
const CLOSED = -1;
const LOOK = 20; // ms, where there is no descriptor to keep the terminal open with, or nobody who reads what is typed

/**
 * Makes a pseudo-terminal.
 *
 * @param size - default: 24 rows of 80 columns
 * @returns the master (non-blocking), from which this process reads what the program writes, and the terminal, for the `fds` and
 * `foreground` of {@link spawn}. Both are close-on-exec. The caller closes them (`fs.closeSync`)
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `ENOSPC`: there are no terminals left; `EMFILE`;
 * `ENOENT`: there is no `/dev/ptmx`
 * @see openpty(3), pty(7)
 * @example
 * ```ts
 * const [master, slave] = posix.openpty();
 * const pid = posix.spawn('tty', { fds: { 0: slave, 1: slave, 2: slave }, setsid: true, foreground: slave });
 * await posix.waitpid(pid);
 * const bytes = Buffer.alloc(100);
 * console.log(bytes.toString('utf8', 0, fs.readSync(master, bytes)).trim()); // prints: /dev/pts/…
 * ```
 */
export function openpty(size: WindowSize = USUAL): [master: number, slave: number] {
  const { rows, cols } = toWindowSize(size, 'size');
  return native.openpty(rows, cols);
}

/** The options' `pty`: a size, or nothing. @internal */
export function toPtySize(pty: unknown): WindowSize {
  if (pty === true) return USUAL;
  if (typeof pty !== 'object' || pty === null) throw invalidType('options.pty', 'true or of type object', pty);
  return toWindowSize(pty as WindowSize, 'options.pty');
}

// A forked child would keep open, too, what this process keeps open, in its Workers as well: see Pty.#keepOpen().
whenChild(() => {
  native.closeKept();
});

/**
 * The master of a program's terminal. You read from it what the program prints, to the last byte, and write to it what a user
 * would type. It ends when the program has ended and no process has the terminal open any more, such as what the program has
 * started in the background.
 */
export class Pty extends Duplex {
  // None once it is closed: the number may be another terminal's by then.
  #fd: number;
  readonly #poll: NativeWatch;
  readonly #ended: Promise<unknown>; // of the program
  readonly #isOurs = inSameProcess();
  #gone = false; // the program
  #peer = CLOSED;
  #later: NodeJS.Timeout | undefined; // until then nothing is watched: there is no end of hangups
  #over = false; // nobody has the terminal open any more
  readonly #bytes = Buffer.allocUnsafeSlow(CHUNK);
  #reads = false;
  #held = true;
  #unwritten: { chunk: Uint8Array; offset: number; done: (error?: Error | null) => void } | undefined;

  /** @internal */
  constructor(fd: number, ended: Promise<unknown>) {
    super(onlyThese({ allowHalfOpen: false, decodeStrings: true, autoDestroy: true }));
    this.#fd = fd;
    this.#ended = ended;
    this.#poll = native.watchFd(fd, 'posix-fork.pty', () => {
      this.#move();
    });
    const end = (): void => {
      this.#gone = true;
      this.#closePeer();
    };
    void ended.then(end, end);
  }

  /** The master's descriptor, for {@link tcgetattr} and {@link setRaw}; -1 once it is closed. This object closes it. */
  get fd(): number {
    return this.#fd;
  }

  /** Changes the size of the terminal. The program gets `SIGWINCH`. Does nothing once it is closed. */
  resize(size: WindowSize): void {
    const { rows, cols } = toWindowSize(size, 'size');
    if (this.#fd !== CLOSED) native.windowSize(this.#fd, rows, cols);
  }

  /** Lets this process end while the terminal is open. */
  unref(): this {
    return this.#hold(false);
  }

  /** Undoes {@link unref}. */
  ref(): this {
    return this.#hold(true);
  }

  /** @internal */
  override _read(): void {
    if (this.#reads) return;
    this.#reads = true;
    this.#watch();
  }

  /** @internal */
  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this.#unwritten = { chunk, offset: 0, done };
    this.#writeOn();
    this.#watch();
  }

  /** @internal */
  override _final(done: (error?: Error | null) => void): void {
    done(); // a terminal has no end of input but what is typed (Ctrl-D)
  }

  /** @internal */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    native.closeWatch(this.#poll);
    clearTimeout(this.#later);
    this.#closePeer();
    const close = (): void => {
      native.close(this.#fd);
      this.#fd = CLOSED;
    };
    // Closing it is a hangup. A program that has closed its terminal and is about to end must not die of that.
    if (this.#over) void this.#ended.then(close, close);
    else close();
    this.#unwritten?.done(
      error ?? codedError(Error, 'ERR_STREAM_DESTROYED', 'The terminal was closed before all was written'),
    );
    done(error);
  }

  #hold(on: boolean): this {
    this.#held = on;
    if (on) this.#later?.ref();
    else this.#later?.unref();
    this.#watch();
    return this;
  }

  #watch(): void {
    if (this.destroyed) return;
    const now = this.#later === undefined;
    native.setWatch(this.#poll, now && this.#reads, now && this.#unwritten !== undefined, false, this.#held);
  }

  #move(): void {
    const unwritten = this.#unwritten;
    const offset = unwritten?.offset;
    if (unwritten) this.#writeOn();
    if (this.#reads) this.#readOn();
    // It is a hangup that this is called for, and nobody reads what there is to be read before.
    else if (unwritten && unwritten === this.#unwritten && unwritten.offset === offset) this.#lookLater();
    this.#watch(); // where a listener throws, the next event comes here: what was watched for still is
  }

  // Until the consumer has enough, or there is nothing.
  #readOn(): void {
    let filled = 0;
    let size: number;
    let over: boolean;
    try {
      do filled += Math.max((size = native.readNow(this.#fd, this.#bytes.subarray(filled))), 0);
      while (size > 0 && filled < CHUNK);
      over = size === 0 && !this.#keepOpen();
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    // What a listener throws is no error of the terminal's.
    if (filled > 0 && !this.push(Buffer.from(this.#bytes.subarray(0, filled)))) this.#reads = false;
    if (!over) return;
    this.#reads = false;
    this.#over = true;
    this.push(null);
    this.#dropInput();
  }

  // Nobody has the terminal open, but the program may open it again: sudo and ssh ask for a password at /dev/tty, whatever their
  // descriptors are. Until it has ended, this process has it open instead.
  #keepOpen(): boolean {
    if (this.#gone || this.#peer !== CLOSED) return false;
    try {
      this.#peer = native.keepOpen(this.#fd);
    } catch {
      this.#lookLater(); // EMFILE, for now
    }
    return true;
  }

  #lookLater(): void {
    if (this.#later) return;
    this.#later = setTimeout(() => {
      this.#later = undefined;
      this.#watch();
    }, LOOK);
    if (!this.#held) this.#later.unref();
  }

  #closePeer(): void {
    if (this.#peer === CLOSED || !this.#isOurs()) return;
    native.letClose(this.#peer);
    this.#peer = CLOSED;
  }

  // Nobody is there any more to whom it could be typed.
  #dropInput(): void {
    const unwritten = this.#unwritten;
    this.#unwritten = undefined;
    unwritten?.done();
  }

  #writeOn(): void {
    const unwritten = this.#unwritten;
    if (!unwritten) return;
    try {
      while (unwritten.offset < unwritten.chunk.length) {
        const size = native.writeNow(this.#fd, unwritten.chunk, unwritten.offset);
        if (size <= 0) return; // no room
        unwritten.offset += size;
      }
    } catch (error) {
      this.#unwritten = undefined;
      unwritten.done(error as Error);
      return;
    }
    this.#unwritten = undefined;
    unwritten.done();
  }
}
