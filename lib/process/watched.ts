// What becomes of a standard stream when its descriptor becomes another file?
import process from 'node:process';
import { bufferedIn, forgetOutput } from '../node/output.js';
import { forgetStdin } from '../node/stdin.js';
import { native } from '../sys/native.js';

/**
 * Before dup2(): nothing watches `fd` any more, and what is still to be written there goes to the new file.
 *
 * @param watchable - whether the new one can be watched. libuv aborts when it is to read from a file as it did from a pipe. @internal
 */
export function endWatchers(fd: number, watchable: boolean): void {
  if (!native.endWatchers(fd, false) || fd !== 0) return;
  if (watchable) forgetStdin();
  else process.stdin.destroy();
}

/** The same in a daemon, before its streams are redirected: what was still to be written is the original's. @internal */
export function endInheritedWatchers(): void {
  if (native.endWatchers(0, true)) process.stdin.destroy();
  const written = [1, 2].filter((fd) => native.endWatchers(fd, true));
  if (written.length > 0) forgetOutput();
}

/** Before _exit(): waits until what was still to be written to the standard streams is. @internal */
export function writeBacklogs(): void {
  for (const [fd, stream] of [
    [1, process.stdout],
    [2, process.stderr],
  ] as const) {
    native.writeBacklog(fd);
    for (const chunk of bufferedIn(stream)) native.writeAll(fd, Buffer.from(chunk));
  }
}
