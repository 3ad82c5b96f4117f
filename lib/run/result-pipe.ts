// How does what came of a child get through its pipe?
//
// Of each part eight bytes of length (negative if another part follows), then as many as that. A child of a fork server first says
// that it has its task: one that ends without a word has not begun.
import { writeSync } from 'node:fs';
import { onlyInRunners } from '../child/rehearsal.js';
import { whenChild } from '../child/when-child.js';
import { native, type NativeWatch } from '../sys/native.js';

// As they were before the program had a chance to patch them.
const { apply } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a set
const { add, clear, delete: remove, forEach } = Set.prototype;

const AT_ONCE = 32; // reads, of as much as a pipe holds: 64 KB by default. As libuv does
const BEGUN = -(2n ** 63n); // no length
const begun = header(BEGUN);

function header(length: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(length);
  return bytes;
}

/** Child: it has its task. May throw `EPIPE`. @internal */
export function sendBegun(fd: number): void {
  write(begun, fd);
}

/** Child. The pipe blocks, and so does this process: it has nothing else to do any more. May throw `EPIPE`. @internal */
export function sendResult(parts: Uint8Array[], fd: number): void {
  const last = parts.at(-1);
  for (const part of parts) {
    write(header(BigInt(part === last ? part.length : -part.length)), fd);
    write(part, fd);
  }
}

function write(bytes: Uint8Array, fd: number): void {
  for (let sent = 0; sent < bytes.length;) sent += writeSync(fd, bytes, sent);
}

/** What comes through the pipe of a child. @internal */
export interface Reading {
  /** Whether the child has said so. Settled when it has, or has ended. */
  begun: Promise<boolean>;
  /** Undefined if no whole message came. */
  message: Promise<Buffer[] | undefined>;
  /** Nobody wants it any more. */
  stop: () => void;
}

// Of the results that are being read. Also a child that inherits all reads none of them: of two readers each would get pieces.
const open = new Set<PipeReader>();
whenChild((bare) => {
  const forget = (reader: PipeReader): void => {
    reader.forget(bare);
  };
  apply(forEach, open, [forget]);
  apply(clear, open, []);
});

/**
 * What comes is read to where it stays: chunks of their own would be 4,096 allocations outside the heap for 256 MB, the collector's pauses for
 * them, and a copy. And not by a stream: of its end that says what a program may have changed, as a test's clock does, `process.nextTick`.
 *
 * @param fd - of the pipe, which is closed when it has ended. @internal
 */
export function readResult(fd: number): Reading {
  const reader = new PipeReader(fd);
  return {
    begun: reader.begun,
    message: reader.message,
    stop: () => {
      reader.stop();
    },
  };
}

class PipeReader {
  readonly begun: Promise<boolean>;
  readonly message: Promise<Buffer[] | undefined>;
  readonly #fd: number;
  #watch: NativeWatch | undefined;
  #tell!: (begun: boolean) => void;
  #resolve!: (parts: Buffer[] | undefined) => void;
  #reject!: (error: unknown) => void;
  readonly #length = Buffer.alloc(8);
  readonly #parts: Buffer[] = [];
  #part: Buffer | undefined;
  #filled = 0; // of the length, then of the part
  #last = false;

  constructor(fd: number) {
    this.#fd = fd;
    this.begun = new Promise((resolve) => (this.#tell = resolve));
    this.message = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.message.catch(() => undefined); // whoever waits for it is told; it may be that nobody does any more
    try {
      this.#watch = native.watchFd(fd, 'posix-fork.result', () => {
        this.#read();
      });
      native.setWatch(this.#watch, true, false, false, true);
    } catch (error) {
      native.close(fd);
      throw error;
    }
    apply(add, open, [this]);
  }

  /** Nobody wants it any more. */
  stop(): void {
    this.#end(undefined);
  }

  /** Child. */
  forget(bare: boolean): void {
    if (!this.#watch) return;
    if (!bare) native.closeWatch(this.#watch); // or it is the parent's loop
    this.#watch = undefined;
    native.close(this.#fd);
  }

  // As much as there is, but not for long.
  #read(): void {
    try {
      for (let i = 0; this.#watch && i < AT_ONCE; i++) {
        const part = this.#part ?? this.#length;
        const room = part.length - this.#filled;
        const bytes = new Uint8Array(part.buffer, part.byteOffset + this.#filled, room);
        const count = room === 0 ? 0 : native.readNow(this.#fd, bytes);
        if (count < 0) return;
        if (count === 0 && room > 0) this.#end(undefined);
        else this.#came(count);
      }
    } catch (error) {
      this.#reject(error); // there is no room for it
      this.#end(undefined);
    }
  }

  #came(count: number): void {
    this.#filled += count;
    if (this.#filled < (this.#part ?? this.#length).length) return;
    this.#filled = 0;
    if (this.#part) {
      this.#part = undefined;
      if (this.#last) this.#end(this.#parts);
      return;
    }
    const length = this.#length.readBigInt64LE();
    if (length === BEGUN) {
      this.#tell(true);
      return;
    }
    this.#last = length >= 0;
    this.#part = Buffer.allocUnsafeSlow(Math.abs(Number(length)));
    this.#parts[this.#parts.length] = this.#part;
  }

  #end(parts: Buffer[] | undefined): void {
    if (!this.#watch) return;
    native.closeWatch(this.#watch);
    this.#watch = undefined;
    native.close(this.#fd);
    apply(remove, open, [this]);
    this.#resolve(parts);
    this.#tell(false);
  }
}

onlyInRunners(sendResult, write, writeSync);
