// What do tasks cost that are given to a warm pool: forkPool(), and pools of Workers?
//
// One at a time, which is a round trip: each from another pool, whose threads and children have gone to sleep since; and 100 in a
// row. And 100,000 trivial ones, by forkPool's map() (all results at the end, and one by one) and by the others in chunks of 1,000 that
// somebody made by hand, which is the best that they can do.
import os from 'node:os';
import path from 'node:path';
import posix from 'posix-fork';
import { otherPools } from '../support/other-pools.mjs';
import { now } from '../support/process.mjs';
import { timed } from '../support/timed.mjs';

const support = (name) => path.join(import.meta.dirname, '../support', name);
const ROUND_TRIP = 'a round trip';
const IN_A_ROW = 'a round trip, 100 in a row';
const MANY = '100,000 trivial items';
const CHUNK = 1000;
const LOOP = 'forkPool(), by for await';
const ALONE = 'the for await alone';
const OTHERS = ['tinypool', 'piscina', 'workerpool'];

export const unit = 'ms';
export const cases = (quick) => [
  { name: ROUND_TRIP, count: quick ? 500 : 5000 },
  { name: IN_A_ROW, count: quick ? 500 : 5000, row: 100 },
  { name: MANY, items: 100_000, rounds: quick ? 1 : 25 },
];

export const targets = (get) => [
  ...[ROUND_TRIP, IN_A_ROW].map((name) => ({
    text: `forkPool: ${name}, compared with tinypool`,
    value: get(name, 'forkPool()') / get(name, 'tinypool'),
    atMost: 1,
  })),
  ...OTHERS.map((other) => ({
    text: `forkPool: map() of ${MANY}, compared with ${other} in chunks by hand`,
    value: get(MANY, 'forkPool()') / get(MANY, other),
    atMost: 1,
  })),
];

export async function measure(one, reports) {
  await (one.items ? many(one, reports) : roundTrips(one, reports));
}

async function roundTrips({ count, row = 1 }, { add }) {
  const fork = posix.forkPool((n) => n * 2, { size: os.availableParallelism() });
  const pools = { 'forkPool()': { run: (n) => fork.run(n), close: () => fork.close() } };
  for (const [name, make] of Object.entries(otherPools(support('double.cjs')))) pools[name] = await make();
  // In turns, so that what else the machine does concerns all of them.
  for (let first = -100; first < count; first += row) {
    for (const [name, pool] of Object.entries(pools)) {
      for (let i = first; i < first + row; i++) {
        const start = now();
        const result = await pool.run(i);
        if (i >= 0) add(name, now() - start);
        if (result !== i * 2) throw new Error(`${name}: wrong result`);
      }
    }
  }
  for (const pool of Object.values(pools)) await pool.close();
}

function doubled(items) {
  let index = 0;
  return {
    next() {
      const item = items[index];
      const done = index === items.length;
      return Promise.resolve(done ? { done, value: undefined } : { done, value: [index++, item * 2] });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function many({ items, rounds }, { add, round }) {
  const all = Array.from({ length: items }, (_, i) => i);
  const chunks = Array.from({ length: items / CHUNK }, (_, i) => all.slice(i * CHUNK, (i + 1) * CHUNK));
  const fork = posix.forkPool((n) => n * 2, { size: os.availableParallelism() });
  const ways = {
    'forkPool()': () => fork.map(all).results(),
    async [LOOP]() {
      const results = [];
      for await (const [index, result] of fork.map(all)) results[index] = result;
      return results;
    },
    // What anything costs that gives the results one by one.
    async [ALONE]() {
      const results = [];
      for await (const [index, result] of doubled(all)) results[index] = result;
      return results;
    },
  };
  const open = [fork];
  for (const [name, make] of Object.entries(otherPools(support('double-all.cjs')))) {
    const pool = await make();
    open.push(pool);
    ways[name] = async () => (await Promise.all(chunks.map((chunk) => pool.run(chunk)))).flat();
  }
  for (let i = 0; i <= rounds; i++) {
    round(Math.max(i - 1, 0), rounds);
    for (const [name, way] of Object.entries(ways)) {
      const results = await timed(name, way, i === 0 ? () => {} : add); // the first warms it
      if (results.length !== items || results[items - 1] !== 2 * (items - 1)) throw new Error(`${name}: wrong results`);
    }
  }
  for (const pool of open) await pool.close();
}
