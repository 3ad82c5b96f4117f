// What does a pre-fork HTTP server (`keep`) do better or worse than node:cluster, with two workers?
//
// No tinybench: wrk makes the load. On loopback only.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';
import { memoryOf, now } from '../support/process.mjs';

export const unit = '';
export const cases = (quick) =>
  [0, 100].map((megabytes) => ({
    name: megabytes === 0 ? 'an empty server' : `an application of ${megabytes} MB`,
    megabytes,
    rounds: quick ? 1 : 5,
    seconds: quick ? 2 : 4,
  }));

export async function measure({ megabytes, rounds, seconds }, { add, round }) {
  try {
    execFileSync('wrk', ['-v'], { stdio: 'ignore' });
  } catch (error) {
    // `wrk -v` prints its version and exits with 1.
    if (error.code === 'ENOENT') throw new Error('This needs wrk: apt-get install wrk', { cause: error });
  }
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    // In turns, also who is first.
    for (const way of i % 2 ? ['cluster', 'fork'] : ['fork', 'cluster']) await sample({ way, megabytes, seconds, add });
  }
}

export const targets = (get) =>
  cases(false).flatMap(({ name }) => {
    const ratio = (what) => get(name, `fork: ${what}`) / get(name, `cluster: ${what}`);
    return [
      { text: `${name}: requests per second / those of cluster`, value: ratio('requests/s'), atLeast: 1 },
      ...['idle', 'loaded'].map((when) => ({
        text: `${name}: PSS per worker, ${when} / that of cluster`,
        value: ratio(`PSS/worker, ${when} [MB]`),
        atMost: 0.5,
      })),
    ];
  });

async function sample({ way, megabytes, seconds, add }) {
  const start = now();
  const program = path.join(import.meta.dirname, '../support/server.cjs');
  const server = spawn(process.execPath, [program, way, String(megabytes)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(server, 'exit');
  const [line] = await once(readline.createInterface(server.stdout), 'line');
  const { port, pids } = JSON.parse(line);
  const silent = new Set(pids.map(String));
  // Bounded by the time that the runner gives a subject.
  while (silent.size > 0) {
    const answers = await Promise.all(Array.from({ length: 4 }, () => ask(port)));
    for (const answer of answers) silent.delete(answer);
  }
  add(`${way}: all answer [ms]`, now() - start);
  memory('idle');
  const args = ['-t1', '-c32', `-d${seconds}s`, `http://127.0.0.1:${port}/`];
  const { stdout } = await promisify(execFile)('wrk', args);
  add(`${way}: requests/s`, Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]));
  memory('loaded');
  server.stdin.end();
  await exited;

  function memory(when) {
    const each = pids.map(memoryOf);
    const mean = (field) => each.reduce((total, one) => total + one[field], 0) / each.length;
    add(`${way}: PSS/worker, ${when} [MB]`, mean('pss'));
    add(`${way}: private/worker, ${when} [MB]`, mean('private'));
  }
}

function ask(port) {
  return new Promise((resolve, reject) => {
    http
      .get({ port, host: '127.0.0.1', agent: false }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(text);
      })
      .on('error', reject);
  });
}
