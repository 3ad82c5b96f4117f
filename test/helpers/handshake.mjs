// How does one process know how far another one is? It is told. To sleep for as long as something should have taken is to fail
// on a loaded machine, or to look too early and see nothing.
import fs from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import posix from 'posix-fork';
import { until } from './until.mjs';

/** One process says one thing, once: made before the fork; `say()` is for one side, `heard()` for the other. */
export function signal() {
  const [read, write] = posix.pipe();
  return {
    say: () => fs.writeSync(write, '.'),
    heard: () => new Promise((resolve) => fs.read(read, Buffer.alloc(1), 0, 1, null, resolve)),
  };
}

/** The threads that loaded the program have come to rest: beside others fork() warns. */
export const threadsRest = () => until(() => posix.threads().every(({ covered }) => covered));

/** What had come by now, to whatever this process watches, was dispatched: its loop has polled at least twice. */
export async function turns() {
  for (let i = 0; i < 3; i++) await turn();
}

/** Nothing of a child of forkRun() or of a server is open here any more: its end, its result and that of its port come in any order. */
export async function over({ status, result }) {
  await Promise.allSettled([status, result]);
  await turns();
}
