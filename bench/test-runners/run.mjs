// How long do a suite's files take in each pool, and in how much memory? Rounds side by side, since one figure says little on a machine that others use.
//
//   node bench/test-runners/run.mjs <folder> vitest|jest [--rounds 3]
//
// The folder has the packages and a suite made by generate.mjs, and a configuration that takes the pool from POOL. Memory is the largest sum of what
// all processes have (PSS: what n processes share counts a n-th in each), looked at four times a second.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, pools: { type: 'string' } },
});
const [folder, runner] = positionals;
const POOLS = { vitest: ['fork', 'forks', 'threads'], jest: ['fork', 'workers'] };
const COMMANDS = {
  vitest: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot'],
  jest: ['node_modules/jest/bin/jest.js', '--reporters=default'],
};
const pools = values.pools?.split(',') ?? POOLS[runner];

const rounds = [];
for (let i = 0; i <= Number(values.rounds); i++) {
  const round = {};
  for (const pool of pools) round[pool] = await measure(pool);
  console.error(i === 0 ? 'first:' : `round ${i}:`, JSON.stringify(round));
  if (i > 0) rounds.push(round); // in the first they learn, and fill their caches
}
for (const pool of pools) {
  const { seconds, megabytes } = median(rounds.map((round) => round[pool]));
  const against = median(
    rounds.map((round) => ({
      seconds: round[pool].seconds / round.fork.seconds,
      megabytes: round[pool].megabytes / round.fork.megabytes,
    })),
  );
  console.log(
    `${pool}: ${seconds.toFixed(1)} s (${against.seconds.toFixed(2)} of fork), ${megabytes.toFixed(0)} MB (${against.megabytes.toFixed(2)} of fork)`,
  );
}

async function measure(pool) {
  const started = performance.now();
  const child = spawn(process.execPath, COMMANDS[runner], {
    cwd: folder,
    env: { ...process.env, POOL: pool },
    stdio: 'ignore',
  });
  let bytes = 0;
  const timer = setInterval(() => (bytes = Math.max(bytes, memoryOf(child.pid))), 250);
  await new Promise((resolve) => child.on('exit', resolve));
  clearInterval(timer);
  return { seconds: (performance.now() - started) / 1000, megabytes: bytes / 1e6 };
}

function memoryOf(pid) {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)[1]) * 1024 + children.reduce((sum, child) => sum + memoryOf(child), 0);
  } catch {
    return 0; // it has ended
  }
}

function median(rows) {
  const middle = (name) => rows.map((row) => row[name]).sort((a, b) => a - b)[Math.floor(rows.length / 2)];
  return { seconds: middle('seconds'), megabytes: middle('megabytes') };
}
