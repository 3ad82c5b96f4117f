// Do two copies of the package work that have one addon file: a bundled one beside the installed one, a test runner's for each file?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

describe('two copies of the package with one addon file', () => {
  for (const how of ['import', 'require', 'reload'])
    for (const where of ['main', 'worker'])
      it(`each have their waits, and forget the other's in a child (${how}, ${where})`, async () => {
        const { code, stderr } = await runFixture('reap/two-copies.mjs', [how, where], { execArgv: ['--expose-gc'] });
        assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      });

  it('are both told of an end, also where a listener of the first one’s throws', async () => {
    assert.deepEqual(report(await runFixture('reap/told-together.cjs', ['throws'])), ['on purpose', 'SIGKILL']);
  });

  it('are told in the parent alone where a listener of the first one’s forks: no hook hears of it in the child', async () => {
    const expected = ['SIGKILL', 'the child has heard of 0'];
    const told = report(await runFixture('reap/told-together.cjs', ['forks']));
    assert.deepEqual(told.sort(), expected); // who comes first is the machine's: the child may have ended before
  });
});
