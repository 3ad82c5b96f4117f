// How long until fork() returns, and until the child's first JavaScript, beside the other ways to a second process?
//
// No tinybench: a sample is a process of its own, and its end (on another clock's thread) is not the end of a function.
import { fork as nodeFork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import posix from 'posix-fork';
import { counterparts } from '../support/counterparts.mjs';
import { fill, now, shuffled } from '../support/process.mjs';

export const unit = 'ms';
export const cases = (quick) => [
  { name: '45 MB', size: 0, rounds: quick ? 7 : 31 },
  ...(quick ? [] : [{ name: '250 MB', size: 250, rounds: 15 }]),
  { name: '1 GB', size: 1000, rounds: quick ? 3 : 11 },
];

export async function measure({ size, rounds }, { add, round }) {
  fill(size);
  const others = await counterparts(Math.max(45, size));
  const ways = [
    () => add('fork() bare: parent goes on', forkOnce({ runtime: 'bare' }).parent),
    () => {
      const { parent, child } = forkOnce({});
      add('fork(): parent goes on', parent);
      add('fork(): first JavaScript', child);
    },
    async () => add('child_process.fork: first message', await firstMessage(nodeFork, 'exit')),
    async () => add('Worker: first message', await firstMessage((file) => new Worker(file), 'exit')),
    ...others.map((other) => async () => {
      const [parent, child] = await other.ask();
      add(`${other.name}: parent goes on`, parent);
      add(`${other.name}: first statement`, child);
    }),
  ];
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    // In an order of chance: what a sample leaves behind (shared pages, a warm cache) falls to none in particular.
    for (const way of i === 0 ? ways : shuffled(ways)) await way();
  }
  for (const { end } of others) end();
}

export const targets = (get) => {
  const least = process.versions.node.startsWith('20.') ? 25 : 12;
  const t = (name, heap) => get(heap, name);
  const ratio = (heap) => t('fork(): parent goes on', heap) / t('fork() bare: parent goes on', heap);
  const sooner = t('child_process.fork: first message', '45 MB') / t('fork(): first JavaScript', '45 MB');
  return [
    { text: `first JavaScript at 45 MB: times sooner than child_process.fork`, value: sooner, atLeast: least },
    { text: 'fork() / bare at 45 MB', value: ratio('45 MB'), atMost: 2 },
    { text: 'fork() / bare at 1 GB', value: ratio('1 GB'), atMost: 1.3 },
  ];
};

function forkOnce(options) {
  const [readFd, writeFd] = posix.pipe();
  const start = now();
  const pid = posix.fork(options);
  const returned = now();
  if (pid === 0) {
    if (options.runtime !== 'bare') fs.writeSync(writeFd, String(returned));
    posix._exit(0);
  }
  fs.closeSync(writeFd);
  const text = fs.readFileSync(readFd, 'utf8');
  fs.closeSync(readFd);
  posix.waitpidSync(pid);
  return { parent: returned - start, child: Number(text) - start };
}

async function firstMessage(open, end) {
  const start = now();
  const child = open(path.join(import.meta.dirname, '../support/hello.cjs'));
  const ended = once(child, end);
  await once(child, 'message');
  const took = now() - start;
  await ended;
  return took;
}
