// Does anything grow, leak or slow down in a server that forks for an hour? On demand:
//
//     npm run soak [-- --minutes 60] [--json] [--node /path/to/node]
//
// A server under load forks, spawns, waits, runs and maps all the time (soak/server.mjs), and is asked by another process all
// the time (soak/client.mjs). It passes if nothing of what it counts went wrong, no request failed or was answered by a child,
// no child was left, the descriptors at the end are those of the start, and memory has stopped to grow after the warm-up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
  },
});
const MINUTES = Number(values.minutes);
const CONNECTIONS = 8;
const INTERVAL = Math.max(1, Math.min(15, MINUTES)); // seconds
// The history of ended children fills up, V8 and malloc find their sizes.
const WARM_UP = 1 / 3;
// What may be added per 1,000 children after the warm-up, in kilobytes, and how far the noise of the samples reaches.
// Measured with --minutes 10 on two processors that were busy with other things, too: 11,139 children on Node 20 added 18 KB of heap
// per 1,000, 10,564 on Node 26 15 KB; with --minutes 5 on Node 20, 16,955 children 14 KB. Resident memory goes up and down by what V8
// reserves for young objects and gives back: of it the highest before half-time and after it are compared.
const BOUNDS = {
  heap: { slope: 60, noise: 300 },
  pss: { slope: 700, noise: 20_000, highest: true },
  descriptors: { slope: 0.5, noise: 2 },
  threads: { slope: 0.5, noise: 2 },
};

function start(file, args, execArgv = []) {
  const path = fileURLToPath(new URL(`soak/${file}`, import.meta.url));
  const child = spawn(values.node, [...execArgv, path, ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = [];
  const reader = createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line));
    child.emit('sample', lines.at(-1));
  });
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]);
  const stop = async () => {
    child.stdin.end();
    const [[code, signal]] = await ended;
    return { code, signal };
  };
  return { child, lines, stop };
}

function slopeOf(samples, name) {
  const x = samples.map(childrenOf);
  const y = samples.map((sample) => sample[name]);
  const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
  const [mx, my] = [mean(x), mean(y)];
  const over = x.reduce((sum, each, i) => sum + (each - mx) * (y[i] - my), 0);
  const under = x.reduce((sum, each) => sum + (each - mx) ** 2, 0);
  return under === 0 ? 0 : over / under;
}

function growthOfHighest(samples, name) {
  const half = samples.length >> 1;
  const [earlier, later] = [samples.slice(0, half), samples.slice(half)];
  const highest = (list) => Math.max(...list.map((sample) => sample[name]));
  return (highest(later) - highest(earlier)) / (childrenOf(samples.at(-1)) - childrenOf(samples[half]));
}

function childrenOf({ fork, spawn, forkRun, forkMap, childProcess }) {
  return fork + spawn + forkRun + 3 * forkMap + childProcess;
}

// The space for young objects has one size: growing and shrinking it moves resident memory by 30 MB.
const YOUNG = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
const server = start('server.mjs', [INTERVAL], ['--expose-gc', ...YOUNG]);
const [before] = await once(server.child, 'sample');
const { port, pid } = before;
const client = start('client.mjs', [port, pid, CONNECTIONS, INTERVAL]);
const began = Date.now();
const minutes = () => ((Date.now() - began) / 60_000).toFixed(1);
server.child.on('sample', (now) => {
  if (values.json) return;
  const latency = client.lines.at(-1);
  const text =
    `${minutes()}/${MINUTES} min  ${childrenOf(now)} children  heap ${Math.round(now.heap)} KB  pss ${Math.round(now.pss / 1024)} MB` +
    `  fds ${now.descriptors}  zombies ${now.zombies}` +
    (latency ? `  p50 ${latency.p50?.toFixed(1)} p99 ${latency.p99?.toFixed(1)} ms  errors ${latency.errors}` : '');
  process.stderr.write(process.stderr.isTTY ? `\r${text}\x1b[K` : `${text}\n`);
});
server.child.on('exit', () => client.child.stdin.end());
await Promise.race([new Promise((resolve) => setTimeout(resolve, MINUTES * 60_000)), once(server.child, 'exit')]);
await client.stop();
const end = await server.stop();

const samples = server.lines.slice(1);
if (samples.length < 3) throw new Error(`the server ended with ${end.code ?? end.signal} after ${minutes()} minutes`);
const settled = samples.slice(Math.floor(samples.length * WARM_UP));
const [first, last] = [settled[0], samples.at(-1)];
const asked = client.lines.at(-1);
const problems = [];
const demand = (holds, problem) => holds || problems.push(problem);
demand(end.code === 0 && last?.last, `the server ended with ${end.code ?? end.signal}`);
demand(last?.wrong === 0, `went wrong: ${last?.failures.slice(0, 3).join('; ')}`);
demand(
  last?.zombies === 0 && last?.children === 0,
  `left ${last?.children} children, ${last?.zombies} of them zombies`,
);
demand(asked.errors === 0, `${asked.errors} of ${asked.total} requests failed`);
demand(asked.strangers === 0, `${asked.strangers} requests were answered by a child`);
demand(asked.total > 100 && childrenOf(last) > 100, 'there was hardly any load');
// At both times nobody is connected.
demand(last.descriptors === before.descriptors, `${last.descriptors} descriptors, ${before.descriptors} before`);
const slopes = {};
for (const [name, { slope, noise, highest = false }] of Object.entries(BOUNDS)) {
  const found = (highest ? growthOfHighest(samples, name) : slopeOf(settled.slice(0, -1), name)) * 1000;
  slopes[name] = found;
  const since = highest ? samples[samples.length >> 1] : first;
  const grown = (found * (childrenOf(last) - childrenOf(since))) / 1000;
  demand(found <= slope || grown <= noise, `${name} grows by ${found.toFixed(1)} per 1,000 children`);
}

const latencyOf = (lines, name) => {
  const list = lines
    .map((line) => line[name])
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return list[Math.floor(list.length / 2)];
};
const latencies = { before: client.lines.slice(0, 3), after: client.lines.slice(-4, -1) };
const table = Object.fromEntries(
  ['heap', 'external', 'rss', 'pss', 'descriptors', 'threads', 'children', 'zombies', 'handles'].map((name) => [
    name,
    { before: before[name], 'after warm-up': first[name], end: last[name], 'per 1,000 children': slopes[name] },
  ]),
);
for (const name of ['p50', 'p99', 'max'])
  table[name] = { before: latencyOf(latencies.before, name), end: latencyOf(latencies.after, name) };
if (values.json) {
  const { failures, ...done } = last;
  console.log(
    JSON.stringify({ minutes: MINUTES, passed: problems.length === 0, problems, table, done, failures, asked }),
  );
} else {
  const rounded = (row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, value === undefined ? '' : Number(value.toFixed(1))]),
    );
  console.log(
    `${process.stderr.isTTY ? '\n' : ''}memory in KB, latency in ms; ${childrenOf(last)} children, ${asked.total} requests`,
  );
  console.table(Object.fromEntries(Object.entries(table).map(([name, row]) => [name, rounded(row)])));
  console.log(problems.length === 0 ? 'passed' : `failed: ${problems.join('\n  ')}`);
}
process.exit(problems.length === 0 ? 0 : 1);
