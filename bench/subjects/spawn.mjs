// How long does starting a program block the caller, and what has a fork to do with it?
//
// No tinybench: only the call counts, not the wait for the child that must follow it.
import { spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import posix from 'posix-fork';
import { nodePty } from '../support/node-pty.mjs';
import { fill, now } from '../support/process.mjs';

export const unit = 'ms';
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

  async function both(when) {
    let start = now();
    const pid = posix.spawn('/bin/true', [], { fds: { 0: 'ignore', 1: 'ignore', 2: 'ignore' } });
    add(`spawn() ${when}`, now() - start);
    await posix.waitpid(pid);
    start = now();
    const child = nodeSpawn('/bin/true', [], { stdio: 'ignore' });
    add(`child_process.spawn ${when}`, now() - start);
    await once(child, 'exit');
    start = now();
    const inTerminal = posix.spawnChild('/bin/true', [], { pty: true });
    add(`spawnChild({ pty }) ${when}`, now() - start);
    inTerminal.pty.resume();
    await inTerminal.status;
    if (!nodePty) return;
    start = now();
    const theirs = nodePty.spawn('/bin/true', [], {});
    add(`node-pty ${when}`, now() - start);
    await new Promise((resolve) => theirs.onExit(resolve));
  }
}
