// Does a child work, and end as it should, whose parent had Workers? A sample; for the whole table see
// test/stress/beside-workers.mjs.
import assert from 'node:assert/strict';
import { report, runFixture } from '../support/run.mjs';
import { LEAVE } from '../support/steps.mjs';

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

  it('works beside Workers that have names', async () => {
    const result = await runFixture('beside-workers.mjs', [2, 'named', 8]);
    assert.equal(report(result).good, 8, result.stderr);
  });

  it('without the way past: aborts at its natural end, where Node stops the Workers', async () => {
    const result = await runFixture('beside-workers.mjs', [2, 'idle', 2, 'natural', LEAVE]);
    assert.equal(report(result).good, 0, result.stderr);
    assert.match(result.stderr, /~Worker/);
  });
});
