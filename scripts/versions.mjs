// Does a fork work in Node.js releases between those that the matrix has? First and last of each major, or those that are named:
// npm run test:versions -- 20.9.0 22.12.0
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './support/nodes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// Of the last of a major, npm finds the newest.
const VERSIONS = ['20.4.0', '20', '22.0.0', '22', '24.0.0', '24', '26.0.0', '26'];
// Not fork/leaks: of a version that nobody has tested it is said what may leak.
const TESTS = ['child/child-works', 'child/handles', 'run/fork-run'].map((name) => `test/${name}.test.mjs`);

const chosen = process.argv.slice(2);
const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
let bad = 0;
for (const version of chosen.length > 0 ? chosen : VERSIONS) {
  const node = path.join(install(version), 'node');
  let env = {};
  let found = diagnose(node, env);
  if (/UV_USE_IO_URING=0/.test(found.support?.reasons.join())) {
    env = { UV_USE_IO_URING: '0' }; // as the reason says
    found = diagnose(node, env);
  }
  const { ok, runtime, support, fork } = found;
  const wrong = support?.facts.filter(({ holds }) => holds === false) ?? [];
  // The trial has been made; it would be made again in each process. The runner runs on this Node.js, the programs on that.
  const trusted = { ...env, POSIX_FORK_TRIAL: 'skip', POSIX_FORK_TEST_NODE: node };
  const tests = ok && run(process.execPath, [mocha, '--no-config', '--timeout', '120000', ...TESTS], trusted);
  const good = ok && tests.status === 0;
  if (!good) bad++;
  const setting = env.UV_USE_IO_URING ? ', with UV_USE_IO_URING=0' : '';
  const passing = tests ? `, ${/\d+ passing/.exec(tests.stdout)?.[0] ?? 'no tests ran'}` : '';
  console.log(
    `${good ? 'ok  ' : 'FAIL'}  ${runtime?.node ?? version}: fork ${support?.fork}${setting}, tried: ${fork?.error ?? fork?.ok}${passing}`,
  );
  for (const line of [...(support?.reasons ?? []), ...(support?.leaks ?? [])]) console.log(`        ${line}`);
  for (const { fact, without } of wrong) console.log(`        not so: ${fact}. Without it: ${without}`);
  if (tests && tests.status !== 0)
    console.log(tests.stdout.slice(tests.stdout.search(/\d+ passing/)).slice(0, 3000), tests.stderr.slice(0, 500));
}
process.exitCode = bad === 0 ? 0 : 1;

function diagnose(node, env) {
  return JSON.parse(run(node, [path.join(root, 'dist/support/cli.js'), 'doctor', '--json'], env).stdout || '{}');
}

function run(node, args, env) {
  return spawnSync(node, args, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } });
}
