// Does a fork work in Node.js releases between those that the matrix has, and in those of distributions?
//
// A list of releases, or those that are named: a version, which npm fetches; debian:trixie, which debootstrap makes; or
// the path of an executable. --table: as the rows of docs/platforms.md.
//
//     npm run test:versions -- 20.9.0 debian:sid /usr/bin/node --table
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDebian } from './support/debian.mjs';
import { install } from './support/nodes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// The first and the last of each major (of the last npm finds the newest), those where libuv's io_uring changed, and two
// that are too old.
const VERSIONS = [
  ...['18', '19', '20.4.0', '20.11.0', '20.11.1', '20', '21.0.0', '21', '22.0.0', '22.12.0', '22'],
  ...['23.0.0', '23', '24.0.0', '24', '25.0.0', '25', '26.0.0', '26'],
];
// Not fork/leaks: of a version that nobody has tested it is said what may leak.
const TESTS = ['child/child-works', 'child/handles', 'run/fork-run'].map((name) => `test/${name}.test.mjs`);

const table = process.argv.includes('--table');
const chosen = process.argv.slice(2).filter((argument) => argument !== '--table');
const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
let bad = 0;
for (const version of chosen.length > 0 ? chosen : VERSIONS) {
  const node = executable(version);
  const found = sweep(node);
  if (!found.good) bad++;
  if (table) printRow(version, found);
  else print(version, found);
}
process.exitCode = bad === 0 ? 0 : 1;

function executable(version) {
  if (version.startsWith('debian:')) return installDebian(version.slice('debian:'.length));
  return version.includes('/') ? path.resolve(version) : path.join(install(version), 'node');
}

function sweep(node) {
  const versions = JSON.parse(run(node, ['-p', 'JSON.stringify(process.versions)'], {}).stdout || '{}');
  let env = {};
  let found = diagnose(node, env);
  if (/UV_USE_IO_URING=0/.test(found.support?.reasons.join())) {
    env = { UV_USE_IO_URING: '0' }; // as the reason says
    found = diagnose(node, env);
  }
  const { support, fork, ok = false } = found;
  const tooOld = support?.fork === 'unsupported' && /is the oldest/.test(support.reasons.join());
  if (tooOld) return { ...{ versions, env, support, fork }, good: /is the oldest/.test(fork.error) };
  // The trial has been made; it would be made again in each process. The runner runs on this Node.js, the programs on that.
  const trusted = { ...env, POSIX_FORK_TRIAL: 'skip', POSIX_FORK_TEST_NODE: node };
  const tests = ok
    ? run(process.execPath, [mocha, '--no-config', '--timeout', '120000', ...TESTS], trusted)
    : undefined;
  return { versions, env, support, fork, tests, good: ok && tests.status === 0 };
}

function print(version, { versions, env, support, fork, tests, good }) {
  const setting = env.UV_USE_IO_URING ? ', with UV_USE_IO_URING=0' : '';
  const passing = tests ? `, ${passed(tests)}` : '';
  console.log(
    `${good ? 'ok  ' : 'FAIL'}  ${versions.node ?? version} (libuv ${versions.uv}): fork ${support?.fork}${setting}, tried: ${fork?.error ?? fork?.ok}${passing}`,
  );
  for (const line of [...(support?.reasons ?? []), ...(support?.leaks ?? [])]) console.log(`        ${line}`);
  for (const { fact, without } of support?.facts.filter(({ holds }) => holds === false) ?? [])
    console.log(`        not so: ${fact}. Without it: ${without}`);
  if (tests && tests.status !== 0)
    console.log(tests.stdout.slice(tests.stdout.search(/\d+ passing/)).slice(0, 3000), tests.stderr.slice(0, 500));
}

function printRow(version, { versions, env, support, tests, good }) {
  const where = /[/:]/.test(version) ? `${versions.node} (${version})` : versions.node;
  const fork = support?.fork === 'full' && env.UV_USE_IO_URING ? 'full, with `UV_USE_IO_URING=0`' : support?.fork;
  const wrong = support?.facts.filter(({ holds }) => holds === false).map(({ without }) => without) ?? [];
  const seen =
    tests === undefined ? support?.reasons.join('; ') : `${passed(tests)}${good ? '' : ', **and failures**'}`;
  console.log(`| ${where} | ${versions.uv} | ${fork} | ${[seen, ...wrong].join('; ')} |`);
}

function passed(tests) {
  return /\d+ passing/.exec(tests.stdout)?.[0] ?? 'no tests ran';
}

function diagnose(node, env) {
  return JSON.parse(run(node, [path.join(root, 'dist/support/cli.js'), 'doctor', '--json'], env).stdout || '{}');
}

function run(node, args, env) {
  return spawnSync(node, args, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } });
}
