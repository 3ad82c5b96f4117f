// How much memory of its own does a child have after the fork, after a minor and after a full GC?
//
// No tinybench: nothing is timed.
import { fork as nodeFork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import posix from 'posix-fork';
import { fill, memoryOf } from '../support/process.mjs';

export const unit = 'MB';
export const flags = ['--expose-gc'];
export const cases = (quick) => [
  { name: '45 MB', size: 0, rounds: quick ? 3 : 7 },
  ...(quick ? [] : [{ name: '250 MB', size: 250, rounds: 5 }]),
  { name: '1 GB', size: 1000, rounds: quick ? 1 : 3 },
];

export async function measure({ size, rounds }, { add, round }) {
  fill(size);
  const steps = {
    'after fork()': () => {},
    'after a minor GC': () => globalThis.gc({ type: 'minor' }),
    'after a full GC': () => globalThis.gc(),
  };
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    const [goRead, goWrite] = posix.pipe();
    const [doneRead, doneWrite] = posix.pipe();
    const pid = posix.fork();
    if (pid === 0) {
      for (const step of Object.values(steps)) {
        step();
        fs.writeSync(doneWrite, '.');
        fs.readSync(goRead, Buffer.alloc(1));
      }
      posix._exit(0);
    }
    for (const name of Object.keys(steps)) {
      fs.readSync(doneRead, Buffer.alloc(1));
      const memory = memoryOf(pid);
      add(`${name}: PSS`, memory.pss);
      add(`${name}: private`, memory.private);
      fs.writeSync(goWrite, '.');
    }
    for (const fd of [goRead, goWrite, doneRead, doneWrite]) fs.closeSync(fd);
    posix.waitpidSync(pid);
    const fresh = nodeFork(path.join(import.meta.dirname, '../support/idle.cjs'));
    await once(fresh, 'message');
    const memory = memoryOf(fresh.pid);
    add('child_process.fork (empty): PSS', memory.pss);
    add('child_process.fork (empty): private', memory.private);
    fresh.disconnect();
    await once(fresh, 'exit');
  }
}
