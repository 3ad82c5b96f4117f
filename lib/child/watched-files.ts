// Can a child watch a file that its parent watches by fs.watchFile()? Node looks at each file once, for all who watch it. In the
// child the parent's looking has stopped, and Node must forget it: a listener of the child's would be added to it, and never called.
import fs from 'node:fs';
import { takeHandle } from '../node/handles.js';
import { onlyInChildren } from './rehearsal.js';
import { native } from '../sys/native.js';
import { retain } from './retained.js';

const { unwatchFile, watchFile } = fs; // as they were before the program had a chance to patch them

/** Child: as becomeChild() says. @internal */
export function forgetWatchedFiles(): void {
  const paths = native.stoppedFilePolls();
  for (let i = 0; i < paths.length; i++) forget(paths[i] as string);
}

function forget(path: string): void {
  const watcher = watchFile(path, noop);
  const listeners = watcher.listeners('change');
  retain(watcher, listeners);
  // Or Node would close it, and tell its listeners, and hooks of async_hooks, that it has stopped. (One that has begun here is closed.)
  if (listeners.length > 1) retain(takeHandle(watcher));
  unwatchFile(path);
}

function noop(): void {
  // It stands for a listener while the watcher is asked for.
}

onlyInChildren(forgetWatchedFiles, takeHandle);
