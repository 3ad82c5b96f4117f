// Do all children of a busy parent live? 200 of them in the matrix (POSIX_FORK_FULL). More on demand:
// POSIX_FORK_STRESS=2000 npx mocha -g stress
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

const COUNT = Number(process.env.POSIX_FORK_STRESS ?? (process.env.POSIX_FORK_FULL ? 200 : 30));

describe('stress', () => {
  // Without the step "quiesce", 8 to 10 of 10 children fail: see steps.test.mjs.
  it(`a parent that is busy with GC and JIT forks ${COUNT} times, and every child is well`, async function () {
    const deadline = 60_000 + COUNT * 1000;
    this.timeout(deadline + 5000);
    assert.deepEqual(report(await runFixture('fork/stress.cjs', [COUNT], { deadline })), { forked: COUNT, wrong: {} });
  });
});
