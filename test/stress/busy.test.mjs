// Does nothing of a busy parent's go on in its children, and does nothing come out otherwise because it forks? More on demand:
// POSIX_FORK_STRESS=1000 npx mocha --no-config test/stress/busy.test.mjs
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { report, runCommand } from '../helpers/run.mjs';

const PROGRAM = fileURLToPath(new URL('busy.mjs', import.meta.url));
const COUNT = Number(process.env.POSIX_FORK_STRESS ?? (process.env.POSIX_FORK_FULL ? 60 : 8)); // forks of each kind
const PER_FORK = 2000; // ms; it takes 55 with two processors

async function run(modes, count, workers = 0) {
  const command = [process.execPath, '--expose-gc', PROGRAM, modes.join(), count, workers].map(String);
  return report(await runCommand(command, { deadline: 60_000 + modes.length * count * PER_FORK }));
}

// What came of each job, however often.
function kinds(results) {
  return Object.fromEntries(Object.entries(results).map(([job, outcomes]) => [job, Object.keys(outcomes)]));
}

describe('a parent that forks in all of its callbacks', function () {
  this.timeout(200_000 + COUNT * 4 * PER_FORK);
  const CASES = [
    { name: 'fork, keep, forkRun, forkMap', modes: ['fork', 'keep', 'forkRun', 'forkMap'], count: COUNT },
    { name: 'everything inherited, the child exits at once', modes: ['inherit at once'], count: Math.ceil(COUNT / 2) },
    { name: 'beside Workers', modes: ['fork', 'keep', 'forkRun', 'forkMap'], count: Math.ceil(COUNT / 20), workers: 2 },
  ];
  for (const { name, modes, count, workers } of CASES) {
    it(`has the results that it has without, and no child does anything of its (${name}, ${count} each)`, async () => {
      const expected = await run(['fork'], 0, workers);
      const { results, wrong, violations, socketFile, forks } = await run(modes, count, workers);
      assert.deepEqual(
        { forks, wrong, violations, socketFile, results: kinds(results) },
        { forks: modes.length * count, wrong: [], violations: [], socketFile: true, results: kinds(expected.results) },
      );
    });
  }

  // What both read and write comes to one of them then: there is nothing to compare.
  it(`has children that live and work, and leave its socket's file alone (everything inherited, ${COUNT / 2})`, async () => {
    const count = Math.ceil(COUNT / 2);
    const { wrong, socketFile, forks } = await run(['inherit'], count);
    assert.deepEqual({ forks, wrong, socketFile }, { forks: count, wrong: [], socketFile: true });
  });
});
