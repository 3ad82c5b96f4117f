// What do large pages (useLargePages()) change for a large heap: for fork(), for what is written after it, and without any fork?
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import posix from 'posix-fork';
import { counterparts } from '../support/counterparts.mjs';
import { now, shuffled } from '../support/process.mjs';

export const unit = 'ms; page tables, memory: MB';
export const flags = ['--max-old-space-size=6000'];
export const cases = (quick) =>
  (quick ? [300] : [0, 1000, 4000]).flatMap((size) => {
    const rounds = quick ? 3 : size > 1000 ? 5 : 11;
    const name = size === 0 ? 'a small program' : `${size} MB`;
    return [
      { name, size, large: false, rounds },
      { name: `${name} in large pages`, size, large: true, rounds },
    ];
  });

// At least one of so many objects lies in each page of 4 KB.
const OBJECTS_A_PAGE = 16;

export async function measure({ size, large, rounds }, { add, round }) {
  if (large) posix.useLargePages();
  if (size === 0) {
    for (let i = 0; i < rounds; i++) {
      round(i, rounds);
      allocateAndDrop(add);
      add('RSS of a small program', smallProgram(large));
    }
    return;
  }
  haveMemory(1.5 * size);
  const start = now();
  // Objects as programs have them; for what fork() takes, any heap of that size does, and is there sooner.
  const heap = size > 1000 ? numbers(size) : objects(size);
  add('build the heap', now() - start);
  const others = size === 1000 && large ? await counterparts(size) : [];
  const C = others.find(({ name }) => name === 'C');
  for (let i = 0; i < rounds; i++) {
    if (size <= 1000) write(heap, 'write all, without a fork', add);
    add('child_process.spawn before a fork', await spawnOnce());
  }
  for (let i = 0; i < rounds; i++) {
    round(i, 2 * rounds);
    forkOnce('fork() returns', add);
    if (C) add('C: fork() returns', (await C.ask())[0]);
  }
  for (let i = 0; i < rounds; i++) {
    round(rounds + i, 2 * rounds);
    if (size <= 1000) writeAfter(heap, add);
    add('child_process.spawn after forks', await spawnOnce());
  }
  // Last: what a child shares is in small pages afterwards.
  for (let i = 0; i < rounds && size <= 1000; i++) writeBeside(heap, add);
  for (const { end } of others) end();
}

function objects(size) {
  const heap = [];
  while (process.memoryUsage().heapUsed / 1e6 < size) {
    for (let i = 0; i < 10_000; i++) heap.push({ i, text: `${i}`, more: [i, i], next: undefined });
  }
  // In an order of chance, as a program finds what it looks for.
  const order = shuffled(heap.slice(0, 300_000));
  for (const [i, object] of order.entries()) object.next = order[(i + 1) % order.length];
  return heap;
}

// A virtual machine whose host takes back what is free would measure how fast that gives it again.
function haveMemory(megabytes) {
  spawnSync(process.execPath, ['-e', `Buffer.alloc(${megabytes * 1e6}, 1)`], { stdio: 'inherit' });
}

function smallProgram(large) {
  const flag = large ? ['--import', 'posix-fork/large-pages'] : [];
  const program = "setTimeout(() => console.log(require('posix-fork') && process.memoryUsage.rss()), 50)";
  const { stdout } = spawnSync(process.execPath, [...flag, '-e', program], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  return Number(stdout) / 1e6;
}

function numbers(size) {
  return Array.from({ length: (size * 1e6) / 65_536 }, () => new Array(8000).fill(0));
}

// Most of it is garbage soon, some lives until it is in the old generation.
function allocateAndDrop(add) {
  const start = now();
  let kept = [];
  for (let i = 0; i < 3_000_000; i++) {
    kept.push({ i, text: `${i}`, more: [i, i] });
    if (kept.length === 100_000) kept = [];
  }
  add('allocate and drop', now() - start);
}

function forkOnce(what, add) {
  const start = now();
  const pid = posix.fork();
  if (pid === 0) posix._exit(0);
  add(what, now() - start);
  posix.waitpidSync(pid);
}

function writeAfter(heap, add) {
  const start = now();
  let object = heap[0];
  for (let i = 0; i < 1_000_000; i++) object = object.next;
  if (!object) throw new Error('the chain has an end');
  add('follow 1,000,000 pointers', now() - start);
  forkOnce('fork() returns, between writes', add);
  write(heap, 'write all, after a child that has ended', add);
}

function writeBeside(heap, add) {
  const [readFd, writeFd] = posix.pipe();
  const start = now();
  const pid = posix.fork();
  if (pid === 0) {
    fs.readSync(readFd, Buffer.alloc(1));
    posix._exit(0);
  }
  add('fork() returns, between writes beside children', now() - start);
  add('page tables of a child', tablesOf(pid));
  write(heap, 'write all, a child lives', add);
  fs.writeSync(writeFd, 'x');
  posix.waitpidSync(pid);
  fs.closeSync(readFd);
  fs.closeSync(writeFd);
}

function write(heap, what, add) {
  const start = now();
  for (let i = 0; i < heap.length; i += OBJECTS_A_PAGE) heap[i].i++;
  add(what, now() - start);
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
  const small = (what) => get('a small program', what);
  const largeSmall = (what) => large(what, 'a small program');
  const forks = 'fork() returns';
  const spawns = 'child_process.spawn';
  return [
    { text: 'fork() at 1 GB: times sooner in large pages', value: ratio(forks), atLeast: 5 },
    { text: 'fork() at 1 GB in large pages / of a C program', value: large(forks) / large(`C: ${forks}`), atMost: 1 },
    { text: 'fork() in large pages, 4 GB / 1 GB', value: large(forks, '4000 MB') / large(forks), atMost: 3 },
    { text: 'page tables of a child, with / without', value: 1 / ratio('page tables of a child'), atMost: 0.2 },
    ...['after a child that has ended', 'a child lives'].map((when) => ({
      text: `first write to all, ${when}, with / without`,
      value: 1 / ratio(`write all, ${when}`),
      atMost: 0.25,
    })),
    {
      text: 'child_process.spawn in large pages, after / before forks',
      value: large(`${spawns} after forks`) / large(`${spawns} before a fork`),
      atMost: 1.3,
    },
    {
      text: 'allocating: times as fast',
      value: small('allocate and drop') / largeSmall('allocate and drop'),
      atLeast: 1,
    },
    { text: 'building the heap: times as fast', value: ratio('build the heap'), atLeast: 1 },
    { text: 'following pointers: times as fast', value: ratio('follow 1,000,000 pointers'), atLeast: 1 },
    {
      text: 'RSS of a small program, MB more',
      value: largeSmall('RSS of a small program') - small('RSS of a small program'),
      atMost: 16,
    },
  ];
};
