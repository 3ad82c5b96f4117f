// How does what came of a child get through its pipe?
//
// Of each part eight bytes of length (negative if another part follows), then as many as that. A child of a fork server first says
// that it has its task: one that ends without a word has not begun.
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { whenChild } from '../child/when-child.js';
import { handleOf } from '../node/handles.js';
import { onlyThese } from '../node/stream-options.js';

// As they were before the program had a chance to patch them.
const { apply } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a set
const { add, delete: remove, forEach } = Set.prototype;

// As much as a pipe holds by default. libuv reads 32 times before it looks at anything else.
const READ_SIZE = 65_536; // bytes
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

/**
 * What comes is read to where it stays: chunks of their own would be 4,096 allocations outside the heap for 256 MB, the collector's pauses for
 * them, and a copy.
 *
 * @param fd - of the pipe, which is closed when it has ended. @internal
 */
export function readResult(fd: number): Reading {
  let tell!: (begun: boolean) => void;
  let stop!: () => void;
  const hasBegun = new Promise<boolean>((resolve) => (tell = resolve));
  const message = new Promise<Buffer[] | undefined>((resolve, reject) => {
    const length = Buffer.alloc(8);
    const parts: Buffer[] = [];
    let part: Buffer | undefined;
    let filled = 0; // of the length, then of the part
    let last = false;
    let complete = false;
    const socket = new Socket(
      onlyThese({
        fd,
        readable: true,
        writable: false,
        onread: {
          buffer: () => part?.subarray(filled, filled + READ_SIZE) ?? length.subarray(filled),
          callback(bytes: number) {
            filled += bytes;
            if (part === undefined && filled === length.length) {
              filled = 0;
              const value = length.readBigInt64LE();
              if (value === BEGUN) {
                tell(true);
                return true;
              }
              last = value >= 0;
              try {
                part = Buffer.allocUnsafeSlow(Math.abs(Number(value)));
              } catch (error) {
                // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it comes from Buffer
                reject(error); // there is no room for it
                socket.destroy();
                return false;
              }
              parts[parts.length] = part;
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
      }),
    );
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      apply(remove, reading, [socket]);
      resolve(complete ? parts : undefined);
      tell(false);
    });
    stop = () => {
      socket.destroy();
    };
    apply(add, reading, [socket]);
    socket.resume();
  });
  return { begun: hasBegun, message, stop };
}
