// How long after a child's exit does waitpid() tell, and what do many children cost?
//
// No tinybench: the clock starts in another process.
import { spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import posix from 'posix-fork';
import { now } from '../support/process.mjs';

export const unit = 'ms';
export const cases = (quick) => [
  { name: 'latency', rounds: quick ? 15 : 101 },
  ...(quick ? [10, 200] : [10, 100, 1000, 5000]).map((count) => ({
    name: `${count} children`,
    count,
    rounds: quick || count > 1000 ? 3 : 5,
  })),
];

export async function measure({ count, rounds }, { add, round }) {
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    if (count === undefined) {
      add('waitpidSync()', await latency(posix.waitpidSync));
      add('await waitpid()', await latency(posix.waitpid));
    } else {
      for (const [name, way] of Object.entries(ways)) add(name, await many(count, way));
    }
  }
}

export const targets = (get) => [
  {
    text: 'await waitpid(): ms later than waitpidSync()',
    value: get('latency', 'await waitpid()') - get('latency', 'waitpidSync()'),
    atMost: 0.3,
  },
];

async function latency(wait) {
  const [readFd, writeFd] = posix.pipe();
  const pid = posix.fork();
  if (pid === 0) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3); // so that the parent already waits
    fs.writeSync(writeFd, String(now()));
    posix._exit(0);
  }
  fs.closeSync(writeFd);
  await wait(pid);
  const told = now();
  const exited = Number(fs.readFileSync(readFd, 'utf8'));
  fs.closeSync(readFd);
  return told - exited;
}

// Each starts one child that reads until the end of `stdin`, and returns how to wait for it.
const ways = {
  'await waitpid()': (stdin) => {
    const pid = posix.spawn('/bin/cat', [], { fds: { 0: stdin, 1: 'ignore', 2: 'ignore' } });
    const status = posix.waitpid(pid);
    return () => status;
  },
  'waitpidSync()': (stdin) => {
    const pid = posix.spawn('/bin/cat', [], { fds: { 0: stdin, 1: 'ignore', 2: 'ignore' } });
    return () => posix.waitpidSync(pid);
  },
  "child_process 'exit'": (stdin) => {
    const exit = once(nodeSpawn('/bin/cat', [], { stdio: [stdin, 'ignore', 'ignore'] }), 'exit');
    return () => exit;
  },
};

// From the moment at which all children may go until the last one is waited for.
async function many(count, start) {
  const [readFd, writeFd] = posix.pipe();
  const waits = Array.from({ length: count }, () => start(readFd));
  fs.closeSync(readFd);
  const begin = now();
  fs.closeSync(writeFd);
  for (const wait of waits) await wait();
  return now() - begin;
}
