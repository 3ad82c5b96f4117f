// Does a fork work in Node.js releases between those that the matrix has? First and last of each major, or those that are named:
// npm run test:versions -- 20.9.0 22.12.0
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './support/nodes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// Of the last of a major, npm finds the newest.
const VERSIONS = ['20.4.0', '20', '22.0.0', '22', '24.0.0', '24', '26.0.0', '26'];
const TESTS = ['child/child-works', 'child/handles', 'fork/leaks', 'run/fork-run'].map(
  (name) => `test/${name}.test.mjs`,
);

const chosen = process.argv.slice(2);
let bad = 0;
for (const version of chosen.length > 0 ? chosen : VERSIONS) {
  const node = path.join(install(version), 'node');
  const doctor = run(node, [path.join(root, 'dist/support/cli.js'), 'doctor', '--json']);
  const { runtime, support, fork } = JSON.parse(doctor.stdout || '{}');
  const wrong = support?.facts.filter(({ holds }) => holds === false).map(({ fact }) => fact) ?? [];
  // The trial has been made; it would be made again in each process.
  const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
  const tests = run(node, [mocha, '--no-config', '--timeout', '120000', ...TESTS], { POSIX_FORK_TRIAL: 'skip' });
  const good = doctor.status === 0 && tests.status === 0 && wrong.length === 0;
  if (!good) bad++;
  console.log(
    `${good ? 'ok  ' : 'FAIL'}  ${runtime?.node ?? version}: fork ${support?.fork}, tried: ${fork?.error ?? fork?.ok}`,
  );
  for (const line of [...(support?.reasons ?? []), ...(support?.leaks ?? []), ...wrong]) console.log(`        ${line}`);
  if (tests.status !== 0)
    console.log(tests.stdout.slice(tests.stdout.search(/\d+ passing/)).slice(0, 3000), tests.stderr.slice(0, 500));
}
process.exitCode = bad === 0 ? 0 : 1;

function run(node, args, env = {}) {
  return spawnSync(node, args, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } });
}
