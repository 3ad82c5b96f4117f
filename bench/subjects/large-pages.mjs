// What do large pages (useLargePages()) change for a large heap: for fork(), for what is written after it, and without any fork?
import fs from 'node:fs';
import posix from 'posix-fork';
import { now } from '../support/process.mjs';

export const unit = 'ms; page tables: MB';
export const cases = (quick) =>
  (quick ? [300] : [1000, 3000]).flatMap((size) => [
    { name: `${size} MB`, size, large: false, rounds: quick ? 3 : 11 },
    { name: `${size} MB in large pages`, size, large: true, rounds: quick ? 3 : 11 },
  ]);

export function measure({ size, large, rounds }, { add, round }) {
  if (large) posix.useLargePages();
  let start = now();
  const heap = [];
  while (process.memoryUsage().heapUsed / 1e6 < size) {
    for (let i = 0; i < 10_000; i++) heap.push({ i, text: `${i}`, more: [i, i] });
  }
  add('allocate', now() - start);
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    start = now();
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
    add('fork() returns', now() - start);
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
  }
}

function tablesOf(pid) {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/VmPTE:\s+(\d+)/.exec(text)[1]) * 1024) / 1e6;
}

export const targets = (get) => {
  const ratio = (what) => get('1000 MB', what) / get('1000 MB in large pages', what);
  if (get('1000 MB', 'fork() returns') === undefined) return [];
  return [
    { text: 'fork() at 1 GB: times sooner in large pages', value: ratio('fork() returns'), atLeast: 5 },
    { text: 'page tables of a child, with / without', value: 1 / ratio('page tables of a child'), atMost: 0.2 },
    {
      text: 'first write to all after a fork, with / without',
      value: 1 / ratio('write all, a child lives'),
      atMost: 0.25,
    },
    { text: 'reading all: times as fast', value: ratio('read all'), atLeast: 1 },
  ];
};
