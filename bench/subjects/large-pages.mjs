// What do large pages (useLargePages()) change for a large heap: for fork(), for what is written after it, and without any fork?
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import posix from 'posix-fork';
import { counterparts } from '../support/counterparts.mjs';
import { now } from '../support/process.mjs';

export const unit = 'ms; page tables, memory: MB';
export const flags = ['--max-old-space-size=6000'];
export const cases = (quick) =>
  (quick ? [300] : [0, 1000, 4000]).flatMap((size) => {
    const rounds = quick ? 3 : size > 1000 ? 3 : 11;
    const name = size === 0 ? 'a small program' : `${size} MB`;
    return [
      { name, size, large: false, rounds },
      { name: `${name} in large pages`, size, large: true, rounds },
    ];
  });

export async function measure({ size, large, rounds }, { add, round }) {
  if (large) posix.useLargePages();
  const start = now();
  const heap = [];
  while (process.memoryUsage().heapUsed / 1e6 < size) {
    for (let i = 0; i < 10_000; i++) heap.push({ i, text: `${i}`, more: [i, i] });
  }
  add('allocate', now() - start);
  if (size === 0) {
    add('RSS', process.memoryUsage.rss() / 1e6);
    return;
  }
  const others = size === 1000 && large ? await counterparts(size) : [];
  const C = others.find(({ name }) => name === 'C');
  for (let i = 0; i < rounds; i++) add('child_process.spawn before a fork', await spawnOnce());
  for (let i = 0; i < rounds; i++) {
    round(i, 2 * rounds);
    forkOnce('fork() returns', add);
    if (C) add('C: fork() returns', (await C.ask())[0]);
  }
  for (let i = 0; i < rounds; i++) {
    round(rounds + i, 2 * rounds);
    await writeAll(heap, add);
  }
  for (const { end } of others) end();
}

function forkOnce(what, add) {
  const start = now();
  const pid = posix.fork();
  if (pid === 0) posix._exit(0);
  add(what, now() - start);
  posix.waitpidSync(pid);
}

async function writeAll(heap, add) {
  let start = now();
  let sum = 0;
  for (const { more } of heap) sum += more[1];
  if (sum === 0) throw new Error('nothing was read');
  add('read all', now() - start);
  const [readFd, writeFd] = posix.pipe();
  start = now();
  const pid = posix.fork();
  if (pid === 0) {
    fs.readSync(readFd, Buffer.alloc(1));
    posix._exit(0);
  }
  add('fork() returns, after the writes of the last round', now() - start);
  add('page tables of a child', tablesOf(pid));
  start = now();
  for (const object of heap) object.i++;
  add('write all, a child lives', now() - start);
  fs.writeSync(writeFd, 'x');
  posix.waitpidSync(pid);
  start = now();
  for (const object of heap) object.i++;
  add('write all, without a child', now() - start);
  fs.closeSync(readFd);
  fs.closeSync(writeFd);
  add('child_process.spawn after forks', await spawnOnce());
}

async function spawnOnce() {
  const start = now();
  const child = spawn('/bin/true', [], { stdio: 'ignore' });
  const took = now() - start;
  await once(child, 'exit');
  return took;
}

function tablesOf(pid) {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/VmPTE:\s+(\d+)/.exec(text)[1]) * 1024) / 1e6;
}

export const targets = (get) => {
  if (get('1000 MB', 'fork() returns') === undefined) return [];
  const large = (what, size = '1000 MB') => get(`${size} in large pages`, what);
  const ratio = (what) => get('1000 MB', what) / large(what);
  const forks = 'fork() returns';
  const spawns = 'child_process.spawn';
  return [
    { text: 'fork() at 1 GB: times sooner in large pages', value: ratio(forks), atLeast: 5 },
    { text: 'fork() at 1 GB in large pages / of a C program', value: large(forks) / large(`C: ${forks}`), atMost: 1 },
    { text: 'fork() in large pages, 4 GB / 1 GB', value: large(forks, '4000 MB') / large(forks), atMost: 3 },
    { text: 'page tables of a child, with / without', value: 1 / ratio('page tables of a child'), atMost: 0.2 },
    {
      text: 'first write to all after a fork, with / without',
      value: 1 / ratio('write all, a child lives'),
      atMost: 0.25,
    },
    {
      text: 'child_process.spawn in large pages, after / before forks',
      value: large(`${spawns} after forks`) / large(`${spawns} before a fork`),
      atMost: 1.3,
    },
    { text: 'allocating: times as fast', value: ratio('allocate'), atLeast: 1 },
    { text: 'reading all: times as fast', value: ratio('read all'), atLeast: 1 },
    {
      text: 'RSS of a small program, MB more',
      value: large('RSS', 'a small program') - get('a small program', 'RSS'),
      atMost: 16,
    },
  ];
};
