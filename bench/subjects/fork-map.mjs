// When many items are to be worked on, what do they cost by forkMap(), by pools of Workers, and by Python's Pool.map?
//
// All of them cold: made, used and ended in each round. The pools of Workers come last: what they leave behind in the heap (up to 1 GB
// after 100,000 items one by one) makes each later fork of the same process 50 ms longer, which says nothing of forkMap().
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import posix from 'posix-fork';
import { otherPools } from '../support/other-pools.mjs';
import { fill, memoryOf } from '../support/process.mjs';
import { sum } from '../support/sum.cjs';
import { timed } from '../support/timed.mjs';

const support = (name) => path.join(import.meta.dirname, '../support', name);
const CPUS = os.availableParallelism();
const MANY = '100,000 trivial items';
const FEW = '2,000 trivial items';
const HEAVY = '64 items on 300 MB';

export const unit = 'ms';
export const cases = (quick) => [
  { name: FEW, count: 2000, rounds: quick ? 2 : 7 },
  { name: MANY, count: 100_000, rounds: quick ? 1 : 3, forks: quick ? 1 : 9 },
  { name: HEAVY, heavy: true, rounds: quick ? 1 : 3 },
];

export const targets = (get) => [
  ...[FEW, MANY].flatMap((name) =>
    ['tinypool', 'piscina', 'workerpool'].map((other) => ({
      text: `${name}: forkMap(), compared with ${other}`,
      value: get(name, 'forkMap()') / get(name, other),
      atMost: 1,
    })),
  ),
  {
    text: `${MANY}: forkMap(), compared with Python's Pool.map`,
    value: get(MANY, 'forkMap()') / get(MANY, 'Python, Pool.map'),
    atMost: 1.5,
  },
  {
    text: `${HEAVY}: inline, compared with forkMap()`,
    value: get(HEAVY, 'inline') / get(HEAVY, 'forkMap()'),
    atLeast: 1.7,
  },
  {
    text: `${HEAVY}: memory of forkMap(), compared with that of Workers`,
    value: get(HEAVY, 'forkMap(): MB') / get(HEAVY, 'Workers: MB'),
    atMost: 1 / 3,
  },
];

export async function measure(one, reports) {
  await (one.heavy ? heavy(one, reports) : trivial(one, reports));
}

async function trivial({ count, rounds, forks = rounds }, { add, round }) {
  const items = Array.from({ length: count }, (_, i) => i);
  const check = async (name, way, told = add) => {
    const results = await timed(name, way, told);
    if (results.length !== count || results[count - 1] !== 2 * (count - 1)) throw new Error(`${name}: wrong results`);
  };
  for (let i = 0; i < forks; i++) {
    const told = (name, value) => {
      add(name, value);
      if (i === 0 && name === 'forkMap()') add('forkMap(), the first of the process', value);
    };
    await check('forkMap()', () => posix.forkMap(items, (n) => n * 2), told);
    const python = ['-c', fs.readFileSync(support('map.py'), 'utf8'), count, CPUS].map(String);
    add('Python, Pool.map', Number(execFileSync('python3', python, { encoding: 'utf8' })));
  }
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    for (const [name, way] of Object.entries(pools(items))) await check(name, way);
  }
}

async function heavy({ rounds }, { add, round }) {
  const graph = fill(300);
  const parts = Array.from({ length: 64 }, (_, i) => i);
  const part = Math.floor(graph.length / 8);
  const work = (i) => sum(graph, (i % 8) * part, ((i % 8) + 1) * part);
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    const inline = await timed('inline', () => parts.map(work), add);
    const mapped = await timed('forkMap()', () => posix.forkMap(parts, work), add);
    // Not while it is timed: to read the memory of three processes takes a third of a processor.
    await sampled('forkMap()', () => posix.forkMap(parts, work), add);
    if (inline.join() !== mapped.join()) throw new Error('not the same results');
  }
  // Once: it takes long, and the heap is another one afterwards.
  const inWorkers = () => byWorkers({ graph, parts: parts.length, size: part });
  const summed = await timed('Workers', () => sampled('Workers', inWorkers, add), add);
  if (summed.join() !== parts.map(work).join()) throw new Error('not the same results');
}

// The most memory that this process and its children have meanwhile: each page once.
async function sampled(name, way, add) {
  let most = 0;
  const timer = setInterval(() => {
    const pids = [process.pid, ...posix.children().map(({ pid }) => pid)];
    most = Math.max(
      most,
      pids.reduce((sum, pid) => sum + pssOf(pid), 0),
    );
  }, 100);
  const results = await way();
  clearInterval(timer);
  add(`${name}: MB`, most);
  return results;
}

function pssOf(pid) {
  try {
    return memoryOf(pid).pss;
  } catch {
    return 0; // it has ended
  }
}

// The best that Workers can do: each has a copy of the graph.
async function byWorkers({ graph, parts, size }) {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const sums = await Promise.all(
    Array.from({ length: CPUS }, async () => {
      const worker = new Worker(support('sum-parts.cjs'), { workerData: { graph, counter, parts, size } });
      const [part] = await once(worker, 'message');
      await worker.terminate();
      return part;
    }),
  );
  return sums
    .flat()
    .sort(([a], [b]) => a - b)
    .map(([, sum]) => sum);
}

// Cold.
function pools(items) {
  const ways = Object.entries(otherPools(support('double.cjs'))).map(([name, make]) => [
    name,
    async () => {
      const pool = await make();
      try {
        return await Promise.all(items.map((item) => pool.run(item)));
      } finally {
        await pool.close();
      }
    },
  ]);
  return Object.fromEntries(ways);
}
