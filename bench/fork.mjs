// How long does fork() take, and what does its parent pay afterwards? Medians, side by side in one run.
//
//   node --max-old-space-size=3000 bench/fork.mjs [rounds]
//
// For each heap: until fork() returns in the parent, full and bare; until the child's first JavaScript; how long
// child_process.spawn blocks before the first fork and after.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import posix from 'posix-fork';

const rounds = Number(process.argv[2] ?? 31);
const HEAPS = [0, 200, 950]; // MB on top of what Node.js itself has

const heap = [];
const rows = [];
for (const megabytes of HEAPS) {
  // Objects of all sizes, as programs have them.
  while (process.memoryUsage().heapUsed < megabytes * 1e6) {
    for (let i = 0; i < 10_000; i++) heap.push({ i, text: `${i}`, more: [i, i] });
  }
  const rss = `${Math.round(process.memoryUsage.rss() / 1e6)} MB`;
  const n = megabytes > 500 ? Math.ceil(rounds / 3) : rounds;
  const before = await spawnTime(n);
  const times = { full: [], bare: [], child: [] };
  for (let i = 0; i < n; i++) {
    times.bare.push(forkTime({ runtime: 'bare' }).parent);
    const { parent, child } = forkTime({});
    times.full.push(parent);
    times.child.push(child);
  }
  const after = await spawnTime(n);
  rows.push({
    RSS: rss,
    'fork() [ms]': show(times.full),
    'bare [ms]': show(times.bare),
    'full/bare': (median(times.full) / median(times.bare)).toFixed(2),
    'first JS in the child [ms]': show(times.child),
    'spawn before [ms]': show(before),
    'spawn after [ms]': show(after),
    'after/before': (median(after) / median(before)).toFixed(2),
  });
}
console.log(`Node.js ${process.version}, ${rounds} rounds, median (first to third quartile)`);
console.table(rows);

function forkTime(options) {
  const [readFd, writeFd] = posix.pipe();
  const start = process.hrtime.bigint();
  const pid = posix.fork(options);
  const returned = process.hrtime.bigint(); // CLOCK_MONOTONIC: the same clock in both processes
  if (pid === 0) {
    if (options.runtime !== 'bare') fs.writeSync(writeFd, String(returned));
    posix._exit(0);
  }
  fs.closeSync(writeFd);
  const text = fs.readFileSync(readFd, 'utf8');
  fs.closeSync(readFd);
  posix.waitpidSync(pid);
  return { parent: Number(returned - start) / 1e6, child: text ? Number(BigInt(text) - start) / 1e6 : NaN };
}

async function spawnTime(count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const child = spawn('/bin/true', { stdio: 'ignore' });
    times.push(performance.now() - start);
    await once(child, 'exit');
  }
  return times;
}

function quantile(times, q) {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * q)];
}

function median(times) {
  return quantile(times, 0.5);
}

function show(times) {
  return `${median(times).toFixed(2)} (${quantile(times, 0.25).toFixed(2)}-${quantile(times, 0.75).toFixed(2)})`;
}
