// Which lines of lib/ and native/ does the suite run? A table a file, and an error below what was measured before; what the
// lines are that it does not run: test/coverage.md. Arguments: the test files to run (default: all of .mocharc.json), or
// --quick: those that run the most lines in the shortest time, against lower bounds.
//
// native/: gcov, in a build of its own. lib/: V8's coverage, through c8. Neither counts what a process does that is killed.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildAddon, outcomeOf, root, run, sources } from './support/addon-build.mjs';
import { findTests } from './support/tests.mjs';

// In percent of lines, a little below what Node.js 20 gave: test/coverage.md.
const WHOLE = { native: 94, lib: 96 };
const PART = { native: 86, lib: 82 };
const QUICK = [
  ...['exec', 'fork-run', 'process', 'spawn', 'stays-with-parent', 'threads', 'waits'],
  ...['descriptors', 'fork-map', 'fork-map-children', 'fork-pool', 'fork-port', 'large-pages', 'lock', 'memory'],
  ...['spawn-child', 'terminals', 'wait', 'warmup', 'who'],
];
const v8 = path.join(root, 'build/coverage-v8');
const mocha = 'node_modules/mocha/bin/mocha.js';
// What measures memory is left out: the counting takes some.
const OPTIONS = ['--timeout', '120000', '--reporter', 'dot', '--grep', 'nothing behind in a busy server', '--invert'];
const given = process.argv.slice(2);
const files = given[0] === '--quick' ? findTests(QUICK) : given;
const enough = files.length === 0 ? WHOLE : PART;

rmSync(v8, { recursive: true, force: true });
const addon = await buildAddon(
  'coverage',
  ['-O0', '--coverage', '-fprofile-update=atomic', '-Wl,--wrap=_exit'],
  ['test/native/flush_coverage.cc'],
);
forget(addon.POSIX_FORK_PREBUILD);
await run(process.execPath, ['scripts/build-test-addon.cjs']);
await run('npx', ['tsc', '-p', 'tsconfig.json', '--sourceMap']);
const tests = await outcomeOf(
  process.execPath,
  [mocha, ...(files.length > 0 ? ['--no-config'] : []), ...OPTIONS, ...files],
  { ...addon, NODE_V8_COVERAGE: v8 },
);
console.log(`the tests: ${tests}`); // one that measures time may fail here; the coverage is what counts
const lib = await outcomeOf('npx', [
  ...['c8', 'report', '--temp-directory', v8, '--src', 'lib', '--include', 'lib/**', '--all', '--exclude-after-remap'],
  ...['--reporter', 'text', '--check-coverage', '--lines', String(enough.lib)],
]);
if (lib !== 0) process.exitCode = 1;
for (const file of readdirSync(path.join(root, 'dist'), { recursive: true })) {
  if (file.endsWith('.map')) rmSync(path.join(root, 'dist', file));
}
await run('npx', ['tsc', '-p', 'tsconfig.json']);
reportNative();

// What an earlier run has counted.
function forget(directory) {
  for (const file of readdirSync(directory, { recursive: true })) {
    if (file.endsWith('.gcda')) rmSync(path.join(directory, file));
  }
}

function reportNative() {
  let all = 0;
  let hit = 0;
  for (const source of sources) {
    const lines = linesOf(source);
    const missed = lines.filter(({ count }) => count === 0).map((line) => line.line_number);
    all += lines.length;
    hit += lines.length - missed.length;
    const percent = ((100 * (lines.length - missed.length)) / lines.length).toFixed(1);
    console.log(`${source.padEnd(36)} ${percent.padStart(6)} %  ${missed.join(',')}`);
  }
  const percent = (100 * hit) / all;
  console.log(`${'native'.padEnd(36)} ${percent.toFixed(1).padStart(6)} %`);
  if (percent < enough.native) {
    console.error(`native: fewer than ${enough.native} % of the lines`);
    process.exitCode = 1;
  }
}

function linesOf(source) {
  const notes = path.join(root, 'build/coverage', source.replace(/\.cc$/, '.gcno'));
  const json = execFileSync('gcov', ['--json-format', '--stdout', notes], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: Infinity, // some megabytes, with each template that a file uses
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { lines } = JSON.parse(json).files.find(({ file }) => file === source);
  // One line may belong to several functions: templates, lambdas.
  const most = new Map();
  for (const { line_number, count } of lines) most.set(line_number, Math.max(count, most.get(line_number) ?? 0));
  return [...most].map(([line_number, count]) => ({ line_number, count }));
}
