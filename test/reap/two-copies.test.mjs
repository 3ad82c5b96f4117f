// Do two copies of the package work that have one addon file: a bundled one beside the installed one, a test runner's for each file?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

describe('two copies of the package with one addon file', () => {
  for (const how of ['import', 'require', 'reload'])
    for (const where of ['main', 'worker'])
      it(`each have their waits, and forget the other's in a child (${how}, ${where})`, async () => {
        const { code, stderr } = await runFixture('reap/two-copies.mjs', [how, where], { execArgv: ['--expose-gc'] });
        assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      });
});
