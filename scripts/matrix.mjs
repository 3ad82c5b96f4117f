// Does the suite pass on every Node.js that the package supports, with one and the same build of the addon? And what do the
// checkers say?
//
// Name versions to run only these, and no checkers: npm run test:matrix -- 24 26
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, VERSIONS } from './support/nodes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
// The same for all versions: run once, on this one. The whole forms, which take longer: CONTRIBUTING.md
const CHECKERS = [['tsan'], ['valgrind'], ['sanitizers', '--quick'], ['coverage', '--quick'], ['analyze']];
const outcomes = [];

const chosen = process.argv.slice(2);
for (const version of chosen.length > 0 ? chosen : VERSIONS) {
  const bin = install(version);
  const name = `Node.js ${execFileSync(path.join(bin, 'node'), ['--version'], { encoding: 'utf8' }).trim()}`;
  // This Node.js is the first in PATH, too.
  const env = { POSIX_FORK_FULL: '1', PATH: `${bin}:${process.env.PATH}` };
  const outcome = await run(name, [path.join(bin, 'node'), mocha], env);
  for (const key of ['passing', 'failing', 'pending']) {
    outcome[key] = Number(outcome.text.match(new RegExp(`^ +(\\d+) ${key}`, 'm'))?.[1] ?? 0);
  }
  outcome.good &&= outcome.passing > 0;
}
if (chosen.length === 0) await check();
summarize();

// The soak beside the others: it is to last, and they are the load that it would have elsewhere.
async function check() {
  const soak = ['nice', process.execPath, path.join(root, 'test/stress/soak.mjs'), '--minutes', '5'];
  const soaked = run('soak', soak, {}, { show: false });
  for (const [name, ...args] of CHECKERS) {
    await run([name, ...args].join(' '), [process.execPath, path.join(root, `scripts/${name}.mjs`), ...args]);
  }
  const { text } = await soaked;
  console.log(`\n=== soak\n${text.slice(text.indexOf('memory in KB'))}`); // without its progress
}

// Runs a command, and keeps what it says for the end.
async function run(name, [file, ...args], env = {}, { show = true } = {}) {
  if (show) console.log(`\n=== ${name}`);
  const start = performance.now();
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (show) process.stdout.write(chunk);
    });
  }
  const ended = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  const seconds = Math.round((performance.now() - start) / 1000);
  outcomes.push({ name, seconds, ended, good: ended === 0, text });
  return outcomes.at(-1);
}

// Last, because the end of a log is what one is shown: what failed, and why, in the words of what failed.
function summarize() {
  const bad = outcomes.filter(({ good }) => !good);
  for (const { name, ended, text } of bad) {
    const lines = text.trimEnd().split('\n');
    const failing = lines.findIndex((line) => /^ +\d+ failing/.test(line));
    const part = failing < 0 ? lines.slice(-60) : lines.slice(failing, failing + 80);
    console.log(`\n=== ${name} failed (${ended})\n${part.join('\n')}`);
  }
  console.log();
  console.table(outcomes, ['name', 'good', 'seconds', 'passing', 'failing', 'pending']);
  if (bad.length > 0) process.exitCode = 1;
}
