// How long does starting a program block the caller, and what has a fork to do with it?
//
// No tinybench: only the call counts, not the wait for the child that must follow it.
import { spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import posix from 'posix-fork';
import { nodePty } from '../support/node-pty.mjs';
import { fill, now, shuffled } from '../support/process.mjs';

export const unit = 'ms';
const QUIET = { fds: { 0: 'ignore', 1: 'ignore', 2: 'ignore' } };
export const targets = (get) =>
  ['45 MB', '1 GB'].flatMap((size) => {
    const of = (what) => get(size, `${what} before a fork`);
    return [
      {
        text: `${size}: spawn({ umask }) / spawn()`,
        value: of('spawn({ umask })') / of('spawn()'),
        atMost: 1.3,
      },
      { text: `${size}: spawn() / child_process.spawn`, value: of('spawn()') / of('child_process.spawn'), atMost: 1 },
      // NaN, and so not reached, where node-pty is not installed.
      { text: `${size}: spawnChild({ pty }) / node-pty`, value: of('spawnChild({ pty })') / of('node-pty'), atMost: 1 },
    ];
  });
export const cases = (quick) => [
  { name: '45 MB', size: 0, rounds: quick ? 15 : 61 },
  ...(quick ? [] : [{ name: '250 MB', size: 250, rounds: 61 }]),
  { name: '1 GB', size: 1000, rounds: quick ? 9 : 41 },
  { name: '1 GB in Buffers', size: 1000, buffers: true, rounds: quick ? 5 : 21 },
];

export async function measure({ size, rounds, buffers = false }, { add, round }) {
  if (buffers) globalThis.ballast = Array.from({ length: size }, () => Buffer.alloc(1e6, 1));
  else fill(size);
  for (let i = 0; i < rounds; i++) {
    round(i, rounds * 2);
    await both('before a fork');
  }
  for (let i = 0; i < rounds; i++) {
    round(rounds + i, rounds * 2);
    if (i % 8 === 0) {
      const pid = posix.fork();
      if (pid === 0) posix._exit(0);
      posix.waitpidSync(pid);
    }
    await both('after forks');
  }

  // In another order each time: the end of the one before is still under way.
  async function both(when) {
    for (const [what, start] of shuffled(Object.entries(WAYS))) {
      const before = now();
      const end = start();
      add(`${what} ${when}`, now() - before);
      await end();
    }
  }
}

const WAYS = {
  'spawn()'() {
    const pid = posix.spawn('/bin/true', [], QUIET);
    return () => posix.waitpid(pid);
  },
  'spawn({ umask })'() {
    const pid = posix.spawn('/bin/true', [], { ...QUIET, umask: 0o22 });
    return () => posix.waitpid(pid);
  },
  'child_process.spawn'() {
    const child = nodeSpawn('/bin/true', [], { stdio: 'ignore' });
    return () => once(child, 'exit');
  },
  'spawnChild({ pty })'() {
    const child = posix.spawnChild('/bin/true', [], { pty: true });
    child.pty.resume();
    return () => child.status;
  },
  ...(nodePty && {
    'node-pty'() {
      const child = nodePty.spawn('/bin/true', [], {});
      return () => new Promise((resolve) => child.onExit(resolve));
    },
  }),
};
