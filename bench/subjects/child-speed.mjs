// Do GC and JIT work as fast in a child as in its parent and in a fresh process?
//
// No tinybench: a sample is a process that has not done this work before, as neither has a fresh one.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import posix from 'posix-fork';

const work = createRequire(import.meta.url)('../support/work.cjs');
export const unit = 'ms';
export const cases = (quick) => [{ name: '45 MB', rounds: quick ? 3 : 15 }];

export async function measure({ rounds }, { add, round }) {
  const record = (who, [gc, jit]) => {
    add(`GC, ${who}`, gc);
    add(`JIT, ${who}`, jit);
  };
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    record('child of fork()', inChild(i));
    const program = path.join(import.meta.dirname, '../support/work.cjs');
    record('fresh process', JSON.parse(execFileSync(process.execPath, [program, String(i)], { encoding: 'utf8' })));
  }
  // Last: afterwards this process is warm, and its children would be.
  for (let i = 0; i < rounds; i++) record('parent', [work.gc(i), work.jit()]);
}

export const targets = (get) =>
  ['GC', 'JIT'].map((what) => ({
    text: `${what} throughput of a child / of a fresh process`,
    value: get('45 MB', `${what}, fresh process`) / get('45 MB', `${what}, child of fork()`),
    atLeast: 0.95,
  }));

function inChild(variant) {
  const [readFd, writeFd] = posix.pipe();
  const pid = posix.fork();
  if (pid === 0) {
    fs.writeSync(writeFd, JSON.stringify([work.gc(variant), work.jit()]));
    posix._exit(0);
  }
  fs.closeSync(writeFd);
  const text = fs.readFileSync(readFd, 'utf8');
  fs.closeSync(readFd);
  posix.waitpidSync(pid);
  return JSON.parse(text);
}
