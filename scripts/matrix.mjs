// Does the suite pass on every Node.js that the package supports, with one and the same build of the addon? And what do the
// checkers say?
//
// Name versions to run only these, and no checkers: npm run test:matrix -- 24 26
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, VERSIONS } from './support/nodes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const totals = { passing: 0, failing: 0, pending: 0 };
// The same for all versions: run once, on this one. The whole forms, which take longer: CONTRIBUTING.md
const CHECKERS = [['tsan'], ['valgrind'], ['sanitizers', '--quick'], ['coverage', '--quick'], ['analyze']];

const chosen = process.argv.slice(2);
for (const version of chosen.length > 0 ? chosen : VERSIONS) {
  const bin = install(version);
  console.log(`\n=== Node.js ${execFileSync(path.join(bin, 'node'), ['--version'], { encoding: 'utf8' })}`);
  if (!(await test(bin))) process.exitCode = 1;
}
console.log(`\n${totals.passing} passed, ${totals.failing} failed, ${totals.pending} skipped`);
if (totals.passing === 0) process.exitCode = 1;
if (chosen.length === 0) await check();

// The soak beside the others: it is to last, and they are the load that it would have elsewhere.
async function check() {
  const soak = spawn('nice', [process.execPath, path.join(root, 'test/stress/soak.mjs'), '--minutes', '5']);
  let text = '';
  for (const stream of [soak.stdout, soak.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const soaked = new Promise((resolve) => soak.on('close', resolve));
  for (const [name, ...args] of CHECKERS) {
    console.log(`\n=== ${[name, ...args].join(' ')}`);
    const script = path.join(root, `scripts/${name}.mjs`);
    if (spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' }).status !== 0) process.exitCode = 1;
  }
  const code = await soaked;
  console.log(`\n=== soak\n${text}`);
  if (code !== 0) process.exitCode = 1;
}

// Runs mocha with this Node.js first in PATH; sums up what its closing lines count.
async function test(bin) {
  const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
  const child = spawn(path.join(bin, 'node'), [mocha], {
    cwd: root,
    env: { ...process.env, POSIX_FORK_FULL: '1', PATH: `${bin}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  for (const key of Object.keys(totals))
    totals[key] += Number(text.match(new RegExp(`^ +(\\d+) ${key}`, 'm'))?.[1] ?? 0);
  return code === 0;
}
