// How long do a suite's files take in each pool, and in how much memory? And are the results the same? Rounds side by side, since one figure says
// little on a machine that others use.
//
//   node bench/test-runners/run.mjs <folder> vitest|jest [--files 60,150] [--rounds 3] [--pools fork,forks] [--write]
//
// The folder has the packages, and a configuration that takes the pool from POOL; suites are made there. Memory is the largest sum of what
// all processes have (PSS: what n processes share counts a n-th in each), looked at four times a second. --write: bench/results.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { summary, writeResults } from '../support/results.mjs';
import { generate } from './generate.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    pools: { type: 'string' },
    files: { type: 'string', default: '60' },
    write: { type: 'boolean' },
  },
});
const [folder, runner] = positionals;
const POOLS = { vitest: ['fork', 'forks', 'threads'], jest: ['fork', 'workers'] };
const RESULTS = path.join(folder, 'results.json');
const COMMANDS = {
  vitest: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=json', `--outputFile=${RESULTS}`],
  jest: ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${RESULTS}`],
};
const pools = values.pools?.split(',') ?? POOLS[runner];

const rows = [];
for (const files of values.files.split(',')) rows.push(...(await measureSuite(Number(files))));
if (values.write) writeResults(runner, 's and MB', rows, []);

async function measureSuite(files) {
  generate(folder, files, runner);
  const rounds = [];
  for (let i = 0; i <= Number(values.rounds); i++) {
    const round = {};
    for (const pool of pools) round[pool] = await measure(pool);
    const [first, ...others] = pools;
    for (const pool of others) assert.deepEqual(round[pool].results, round[first].results, `${pool} against ${first}`);
    for (const pool of pools) delete round[pool].results;
    console.error(`${files} files,`, i === 0 ? 'first:' : `round ${i}:`, JSON.stringify(round));
    if (i > 0) rounds.push(round); // in the first they learn, and fill their caches
  }
  const all = [];
  for (const pool of pools) {
    for (const [what, unit] of Object.entries({ time: 's', memory: 'MB' })) {
      const row = {
        case: `${files} files`,
        what: `${pool}: ${what}`,
        ...summary(rounds.map((round) => round[pool][what])),
      };
      const ratio = summary(rounds.map((round) => round[pool][what] / round.fork[what])).median;
      console.log(`${row.case}, ${row.what}: ${row.median.toFixed(1)} ${unit} (${ratio.toFixed(2)} of fork)`);
      all.push(row);
    }
  }
  return all;
}

async function measure(pool) {
  rmSync(path.join(folder, 'tests/__snapshots__'), { recursive: true, force: true });
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
  return { time: (performance.now() - started) / 1000, memory: bytes / 1e6, results: outcomes() };
}

// Of each test: what came of it.
function outcomes() {
  const { testResults } = JSON.parse(readFileSync(RESULTS, 'utf8'));
  const all = testResults.flatMap(({ name, status, assertionResults }) => [
    [path.basename(name), status],
    ...assertionResults.map((test) => [`${path.basename(name)} ${test.fullName}`, test.status]),
  ]);
  return Object.fromEntries(all.sort());
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
