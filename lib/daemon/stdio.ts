// What becomes of process.stdout when descriptor 1 has become another file?
//
// Most of Node's streams write to the number, and so to the new file. Only the one for a terminal has reopened it under
// a number of its own (uv_tty_init), and would go on writing there.
import fs from 'node:fs';
import { Writable } from 'node:stream';
import tty from 'node:tty';
import { handleOf } from '../node/handles.js';
import { onlyThese } from '../node/stream-options.js';

/** Replaces standard streams that still belong to a terminal, after 0 to 2 have been redirected. @internal */
export function detachTerminalStreams(): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    const stream = process[name];
    if (!(stream instanceof tty.WriteStream) || tty.isatty(fd)) continue;
    const replacement = writeToDescriptor(fd);
    Object.defineProperty(process, name, { value: replacement, configurable: true, enumerable: true });
    // The console keeps the stream that it has written to.
    Object.assign(console, { [`_${name}`]: replacement });
    handleOf(stream)?.close();
  }
  if (process.stdin instanceof tty.ReadStream && !tty.isatty(0)) process.stdin.destroy();
}

function writeToDescriptor(fd: number): Writable {
  return new Writable(
    onlyThese({
      decodeStrings: true,
      write(chunk: Buffer, _encoding, callback) {
        try {
          for (let written = 0; written < chunk.length;) written += fs.writeSync(fd, chunk, written);
          callback();
        } catch (error) {
          callback(error as Error);
        }
      },
    }),
  );
}
