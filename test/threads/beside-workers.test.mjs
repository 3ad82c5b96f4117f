// Does a child work, and end as it should, whose parent had Workers? A sample; for the whole table see
// test/stress/beside-workers.mjs.
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';
import { EXIT } from '../helpers/steps.mjs';

describe('the child of a process with Workers', function () {
  for (const [workers, load, forks] of [
    [4, 'idle', 16],
    [2, 'busy', 16],
  ]) {
    it(`works and exits by every path (${workers} ${load} Workers)`, async () => {
      const result = await runFixture('threads/beside-workers.mjs', [workers, load, forks], { deadline: 100_000 });
      assert.equal(report(result).good, forks, result.stderr);
    });
  }

  for (const [what, load] of [
    ['have names', 'named'],
    ['have small stacks', 'small'],
    ['have large stacks', 'large'],
  ]) {
    it(`works beside Workers that ${what}`, async () => {
      const result = await runFixture('threads/beside-workers.mjs', [2, load, 8]);
      assert.equal(report(result).good, 8, result.stderr);
    });
  }

  it('sees a Worker that was made before this package was loaded as one that has ended', async () => {
    const result = await runFixture('child/earlier-worker.mjs');
    assert.deepEqual(report(result), [1, -1, null], result.stderr);
  });

  for (const [place, heard] of [
    ['before it hears of anything', ['parent: 1', 'parent: 2', 'parent: exit']],
    ['in the first message', []],
    ['in the last message', []],
  ]) {
    it(`lives if a Worker has ended, and the parent forks ${place} of it`, async () => {
      const result = await runFixture('threads/ended-worker.mjs', [place]);
      assert.deepEqual(report(result), { code: 7, signal: null, heard }, result.stderr);
    });
  }

  for (const way of ['process.exit()', 'natural end', 'forkRun']) {
    it(`waits at its end for no stream that a Worker of the parent's was to write out (${way})`, async () => {
      const result = await runFixture('threads/waited-worker.mjs', [way]);
      const lines = result.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const child = { inVain: 0, heard: ['stream 0'] };
      assert.deepEqual(lines, [child, { inVain: 0, heard: [] }], result.stderr);
    });
  }

  it('gets a thread of its own for esbuild', async () => {
    const result = await runFixture('child/esbuild-service.cjs');
    assert.deepEqual(report(result), ['PARENT', 'CHILD', 'GRANDCHILD'], result.stderr);
  });

  for (const then of ['lives on', 'has ended']) {
    it(`works if a Worker was the first to load this package, and ${then}`, async () => {
      const result = await runFixture('threads/worker-first.mjs', [then]);
      assert.deepEqual(report(result), { kinds: then === 'lives on' ? ['worker'] : [], code: 7 }, result.stderr);
    });
  }

  it('without the way past: aborts at its natural end, where Node stops the Workers', async () => {
    const result = await runFixture('threads/beside-workers.mjs', [2, 'idle', 2, 'natural', EXIT]);
    assert.equal(report(result).good, 0, result.stderr);
    assert.match(result.stderr, /~Worker/);
  });
});
