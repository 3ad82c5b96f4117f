// What do large pages (useLargePages()) change for a large heap: for fork(), for what is written after it, and without any fork?
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
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

const BUILD = fileURLToPath(new URL('../support/build.mjs', import.meta.url));
const SMALL = "setTimeout(() => console.log(require('posix-fork') && process.memoryUsage.rss()), 50)";
// At least one of so many objects lies in each page of 4 KB.
const OBJECTS_A_PAGE = 16;

export async function measure({ size, large, rounds }, { add, round }) {
  if (large) posix.useLargePages();
  if (size === 0) {
    for (let i = 0; i < rounds; i++) {
      round(i, rounds);
      allocateAndDrop(add);
      add('RSS of a small program', run(large, ['-e', SMALL]) / 1e6);
      add('build 300 MB', run(large, [BUILD, 300]));
    }
    return;
  }
  // Objects as programs have them; for what fork() takes, any heap of that size does, and is there sooner.
  const heap = size > 1000 ? numbers(size) : objects(size);
  const others = size === 1000 && large ? await counterparts(size) : [];
  const C = others.find(({ name }) => name === 'C');
  await spawnBesideWrites('before a fork');
  for (let i = 0; i < rounds; i++) {
    round(i, 2 * rounds);
    forkOnce('fork() returns', add);
    if (C) add('C: fork() returns', (await C.ask())[0]);
  }
  await spawnBesideWrites('after forks');
  for (let i = 0; i < rounds && size <= 1000; i++) {
    round(rounds + i, 2 * rounds);
    writeAfter(heap, add);
  }
  // Last: what a child shares is in small pages afterwards.
  for (let i = 0; i < rounds && size <= 1000; i++) writeBeside(heap, add);
  for (const { end } of others) end();

  async function spawnBesideWrites(when) {
    for (let i = 0; i < rounds; i++) {
      write(heap, `write all, ${when}`, add);
      add(`child_process.spawn ${when}`, await spawnOnce());
    }
  }
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

// What a program of its own prints. It gets the memory that the one of the round before has given back: that of a virtual machine
// goes back to the host otherwise, and then the host's speed is measured.
function run(large, args) {
  const flag = large ? ['--import', 'posix-fork/large-pages'] : [];
  const options = { encoding: 'utf8', cwd: import.meta.dirname };
  return Number.parseFloat(spawnSync(process.execPath, [...flag, ...args.map(String)], options).stdout);
}

function numbers(size) {
  return Array.from({ length: (size * 1e6) / 65_536 }, () => Object.assign(new Array(8000).fill(0), { i: 0 }));
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
    {
      text: 'building 300 MB: times as fast',
      value: small('build 300 MB') / largeSmall('build 300 MB'),
      atLeast: 1,
    },
    { text: 'following pointers: times as fast', value: ratio('follow 1,000,000 pointers'), atLeast: 1 },
    {
      text: 'RSS of a small program, MB more',
      value: largeSmall('RSS of a small program') - small('RSS of a small program'),
      atMost: 16,
    },
  ];
};
