// What if the parent is itself a child of child_process.fork() or a worker of cluster? Its IPC channel is its own.
import process from 'node:process';
import type cluster from 'node:cluster';

const { set } = Reflect; // as it was before the program had a chance to patch it

/**
 * Child: as becomeChild() says. Makes `process` what it is after a disconnect, without the event: listeners of 'disconnect' (cluster's ends the process)
 * are the parent's. And without `send`, by which a program asks whether somebody listens: `node --watch` has each module
 * that is loaded reported there, and a report on a closed channel ends the process. So it goes before anything is loaded
 * (./become-child.ts). @internal
 */
export function forgetChannel(): void {
  if (!process.channel) return;
  const self = process as unknown as Record<string | symbol, unknown>;
  const symbol = Object.getOwnPropertySymbols(process).find(({ description }) => description === 'kChannelHandle');
  // A closed handle cannot be ref'd by the next listener of 'message'; its descriptor was severed already.
  const handle = symbol && (self[symbol] as { close(): void } | null);
  handle?.close();
  set(process, 'connected', false);
  set(process, 'channel', null);
  set(process, 'send', undefined);
  set(process, 'disconnect', undefined);
  forgetCluster();
}

// Or net.Server would ask the primary for each address that the child listens on.
function forgetCluster(): void {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- importing it would load it for everyone
  const self = require('node:cluster') as typeof cluster;
  if (!self.isWorker) return;
  Object.assign(self, { isWorker: false, isPrimary: true, isMaster: true, worker: undefined });
}
