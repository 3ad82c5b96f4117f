// Can a child be debugged, and is it left alone by its parent's debugger? The debugger's connections end in the child
// (native/fork/inspector_thread.h); what is left is Node's inspector, which believes that it listens.
import process from 'node:process';
import type inspector from 'node:inspector';
import { native } from '../sys/native.js';
import { invalidValue } from '../sys/validate.js';

const MAX_PORT = 65_535;

let port: number | undefined;

/**
 * Parent, before the fork.
 *
 * @throws `ERR_INVALID_ARG_VALUE`: POSIX_FORK_INSPECT is no port
 * @internal
 */
export function prepareInspector(): void {
  const value = process.env.POSIX_FORK_INSPECT;
  port = value === undefined || value === '' ? undefined : +value;
  if (port === undefined || (Number.isInteger(port) && port >= 0 && port <= MAX_PORT)) return;
  throw invalidValue(
    'process.env.POSIX_FORK_INSPECT',
    value,
    `must be a port from 0 to ${MAX_PORT}; 0 is any that is free`,
  );
}

/** Child: the debugger of its own, now or at SIGUSR1. @internal */
export function renewInspector(): void {
  native.onDebugSignal(openAtSignal);
  const wasOpen = native.inspectorWasDisconnected();
  if (!wasOpen && port === undefined) return;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- not every build has it
  const { close, open } = require('node:inspector') as typeof inspector;
  if (wasOpen) close();
  if (port !== undefined) open(port); // prints where, as Node does
}

// On any free port: that of Node's own is the parent's. A listener of the program's has the signal for itself, as without us.
function openAtSignal(): void {
  if (process.listenerCount('SIGUSR1') > 0) return;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as above
  const { open, url } = require('node:inspector') as typeof inspector;
  if (url() === undefined) open(port ?? 0);
}
