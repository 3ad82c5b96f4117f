// Does the native code stay inside its memory, free it, and keep to what C++ defines? Runs tests with an addon under
// AddressSanitizer, and one program under LeakSanitizer too; then with an addon under UndefinedBehaviorSanitizer. Arguments:
// other test files to run, or --quick: those files that reach the most native code in the shortest time.
//
// What the runtimes say goes to files: the tests read what their programs print, and expect some of them to fail.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildAddon, outcomeOf, root } from './support/addon-build.mjs';
import { findTests } from './support/tests.mjs';

// Each way into the native code. What is left out calls the same code again under load (stress, answers, beside-workers, the
// storms of at-fork), measures time and memory (heap, limits), or makes children crash by intention (steps).
const FILES = [
  'child-works',
  'exec',
  'fork-run',
  'free-numbers',
  'process',
  'spawn',
  'stays-with-parent',
  'threads',
  'waits',
];
// What measures memory, compares the environment of a program with one that it was given, or starts hundreds of processes.
const NOT_THESE = 'memory behind|nothing behind in a busy server|gives the program its arguments|generations deep';
const QUICK = ['child-works', 'exec', 'free-numbers', 'process'];
const given = process.argv.slice(2);
const files = given.length === 0 ? findTests(FILES) : given[0] === '--quick' ? findTests(QUICK) : given;
const mocha = ['node_modules/mocha/bin/mocha.js', '--no-config', '--timeout', '120000', '--reporter', 'dot'];
const tests = [...mocha, '--grep', NOT_THESE, '--invert', ...files];
const suppressions = readFileSync(path.join(root, 'test/native/leaks.supp'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const reports = path.join(root, 'build/sanitizers');
const flags = ['-O1', '-fno-omit-frame-pointer'];

// Two builds: with both in one, the runtime that is preloaded second writes to stderr, where a test may swallow it.
const asan = [...flags, '-fsanitize=address'];
await check('asan', asan, tests, 'detect_leaks=0');
// It looks for leaks at the end of every process, half a second each: in the suite that is five minutes.
const heard = await check('asan', asan, ['test/helpers/tour.cjs'], 'detect_leaks=1');
await check(
  'ubsan',
  [...flags, '-fsanitize=undefined', '-fno-sanitize-recover=undefined'],
  tests,
  'print_stacktrace=1',
);
// Node's own leaks are always there: without them LeakSanitizer has not worked.
if (heard === 0) {
  console.error('LeakSanitizer has said nothing at all');
  process.exitCode = 1;
}

async function check(name, more, command, options) {
  console.log(`\n=== ${name}, ${options}`);
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const outcome = await outcomeOf(process.execPath, command, {
    ...(await buildAddon(name, more)),
    // The compiler's runtime: the program that loads the addon was not built with it.
    LD_PRELOAD: execFileSync('gcc', [`-print-file-name=lib${name}.so`], { encoding: 'utf8' }).trim(),
    [`${name.toUpperCase()}_OPTIONS`]: `log_path=${path.join(reports, name)}:${options}`,
    // That Node has leaks is no failure of the program that it runs; ours are looked for in the reports.
    LSAN_OPTIONS: 'exitcode=0',
  });
  const texts = readdirSync(reports).map((file) => readFileSync(path.join(reports, file), 'utf8'));
  const found = new Set(texts.flatMap(findings));
  for (const finding of found) console.error(`${finding}\n`);
  console.log(`${texts.length} reports, of which ${found.size} are about the addon; the program: ${outcome}`);
  if (found.size > 0 || outcome !== 0) process.exitCode = 1;
  return texts.length;
}

// A leak is ours if we are among those who asked for the memory; everything else is an error wherever it comes from.
function findings(report) {
  return report.split('\n\n').filter((paragraph) => {
    if (/ERROR: AddressSanitizer|runtime error:/.test(paragraph)) return true;
    if (!/(Direct|Indirect) leak of/.test(paragraph) || !paragraph.includes('posix_fork.node')) return false;
    // V8's own, referred to by its heap alone, where LeakSanitizer does not look.
    if (/^ +#1 \S+ in v8::/m.test(paragraph)) return false;
    return !suppressions.some((name) => paragraph.includes(name));
  });
}
