// How fast does what a program writes get here, through a pipe and through a terminal?
//
// No tinybench: a sample is a program from its start to its last byte. All bytes are counted: what is lost is an error.
import { spawn as nodeSpawn } from 'node:child_process';
import { once } from 'node:events';
import posix from 'posix-fork';
import { nodePty } from '../support/node-pty.mjs';
import { now, shuffled } from '../support/process.mjs';

const MB = 1e6;

export const unit = 'ms';
export const cases = (quick) => [
  {
    name: quick ? '100 MB through a pipe' : '1 GB through a pipe',
    how: viaPipe,
    size: (quick ? 100 : 1000) * MB,
    rounds: quick ? 3 : 9,
  },
  {
    name: quick ? '20 MB through a pty' : '1 GB through a pty',
    how: viaPty,
    size: (quick ? 20 : 1000) * MB,
    rounds: quick ? 3 : 5,
  },
];
export const targets = (get) => [
  {
    text: '1 GB through a pipe, time / child_process',
    value: get('1 GB through a pipe', 'spawnChild()') / get('1 GB through a pipe', 'child_process.spawn'),
    atMost: 1.1,
  },
  // NaN, and so not reached, where node-pty is not installed.
  {
    text: '1 GB through a pty, time / node-pty',
    value: get('1 GB through a pty', 'spawnChild({ pty })') / get('1 GB through a pty', 'node-pty'),
    atMost: 1,
  },
];

export async function measure({ how, size, rounds }, { add, round }) {
  const command = ['head', ['-c', String(size), '/dev/zero']];
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    for (const [what, run] of shuffled(Object.entries(how()))) {
      const start = now();
      const bytes = await run(...command);
      add(what, now() - start);
      // Of node-pty it is not expected: see docs/terminals.md.
      if (bytes !== size && what !== 'node-pty') throw new Error(`${what}: ${bytes} bytes of ${size}`);
    }
  }
}

function viaPipe() {
  return {
    async 'spawnChild()'(file, args) {
      const child = posix.spawnChild(file, args, { fds: { 1: 'pipe' } });
      const bytes = await count(child.stdout);
      await child.status;
      return bytes;
    },
    async 'child_process.spawn'(file, args) {
      const child = nodeSpawn(file, args, { stdio: ['inherit', 'pipe', 'inherit'] });
      const exit = once(child, 'exit');
      const bytes = await count(child.stdout);
      await exit;
      return bytes;
    },
  };
}

function viaPty() {
  const others = nodePty && {
    async 'node-pty'(file, args) {
      const child = nodePty.spawn(file, args, { encoding: null });
      let bytes = 0;
      child.onData((chunk) => (bytes += chunk.length));
      await new Promise((resolve) => child.onExit(resolve));
      return bytes;
    },
  };
  return {
    async 'spawnChild({ pty })'(file, args) {
      const child = posix.spawnChild(file, args, { pty: true });
      const bytes = await count(child.pty);
      await child.status;
      return bytes;
    },
    ...others,
  };
}

function count(stream) {
  let bytes = 0;
  stream.on('data', (chunk) => (bytes += chunk.length));
  return new Promise((resolve, reject) => stream.on('end', () => resolve(bytes)).on('error', reject));
}
