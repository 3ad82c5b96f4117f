// What does posix-fork cost, side by side with the alternatives? `npm run bench -- [--quick] [SUBJECT[:CASE]…]`
//
// Prints a table a subject and the targets, and writes bench/results/SUBJECT-nodeN.json (--quick writes nothing). A case is given
// by its number, from 0; the results of the others stay those of the last run of this version.
// Charts of them: `npm run bench:charts`.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { readResults, summary, writeResults } from './support/results.mjs';

const here = import.meta.dirname;
const SUBJECTS = fs.readdirSync(path.join(here, 'subjects')).map((file) => path.basename(file, '.mjs'));
const LIMIT = 5 * 60_000; // of one case; the longest takes 40 s

const quick = process.argv.includes('--quick');
const chosen = process.argv.slice(2).filter((arg) => arg !== '--quick');
const unknown = chosen.find((name) => !SUBJECTS.includes(name.split(':')[0]));
if (unknown) {
  console.error(`No subject ${unknown}. There are: ${SUBJECTS.join(', ')}`);
  process.exit(2);
}

const verdicts = [];
for (const name of chosen.length > 0 ? chosen : SUBJECTS) {
  try {
    verdicts.push(...(await runSubject(name)));
  } catch (error) {
    console.error(`${name} failed: ${error.message}`);
    process.exitCode = 1;
  }
}
console.log('\nTargets');
console.table(verdicts);

async function runSubject(text) {
  const [name, only] = text.split(':');
  const { cases, unit, flags = [], targets = () => [] } = await import(`./subjects/${name}.mjs`);
  const rows = cases(quick).flatMap((one, index) => {
    if (only !== undefined && index !== Number(only)) {
      return quick ? [] : readResults(name).filter((row) => row.case === one.name);
    }
    const args = ['--max-old-space-size=4000', ...flags, path.join(here, 'support/case.mjs'), name, index, quick];
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT };
    const samples = JSON.parse(execFileSync(process.execPath, args.map(String), options));
    return Object.entries(samples).map(([what, values]) => ({ case: one.name, what, ...summary(values) }));
  });
  console.log(`\n${name}${unit && ` [${unit}]`}, Node.js ${process.version}: median (first to third quartile)`);
  console.table(
    rows.map((row) => ({
      case: row.case,
      what: row.what,
      median: show(row.median),
      spread: `${show(row.q1)}-${show(row.q3)}`,
      n: row.n,
    })),
  );
  const get = (which, what) => rows.find((row) => row.case === which && row.what === what)?.median;
  const checked = targets(get).map(verdict);
  if (!quick) writeResults(name, unit, rows, checked);
  return checked;
}

function verdict({ text, value, atLeast, atMost }) {
  const reached = atLeast !== undefined ? value >= atLeast : value <= atMost;
  const limit = atLeast !== undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  return { target: text, limit, measured: Number(value.toFixed(3)), verdict: reached ? 'reached' : 'NOT reached' };
}

function show(value) {
  return value.toFixed(value < 10 ? 3 : 1);
}
