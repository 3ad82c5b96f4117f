// What becomes of a standard stream when its descriptor becomes another file?
import { bufferedIn, forgetOutput } from '../node/output.js';
import { forgetStdin } from '../node/stdin.js';
import { native } from '../sys/native.js';

/** Before dup2(): nothing watches `fd` any more, and what is still to be written there goes to the new file. @internal */
export function endWatchers(fd: number): void {
  if (native.endWatchers(fd, false) && fd === 0) forgetStdin();
}

/** The same in a daemon, before its streams are redirected: what was still to be written is the original's. @internal */
export function endInheritedWatchers(): void {
  if (native.endWatchers(0, true)) forgetStdin();
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
