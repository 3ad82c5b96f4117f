// Does a child work, and end as it should, whose parent had Workers? A sample; for the whole table see
// test/stress/beside-workers.mjs.
import assert from 'node:assert/strict';
import { report, runFixture } from '../support/run.mjs';

describe('the child of a process with Workers', function () {
  this.timeout(60_000);

  for (const [workers, load, forks] of [
    [4, 'idle', 16],
    [2, 'busy', 16],
  ]) {
    it(`works and leaves by every path (${workers} ${load} Workers)`, async () => {
      const result = await runFixture('beside-workers.mjs', [workers, load, forks], { deadline: 50_000 });
      assert.equal(report(result).good, forks, result.stderr);
    });
  }
});
