// Does anything that a child inherits hang there, because what it waits for is its parent's?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

describe("a parent's objects", () => {
  for (const which of ['fork', 'forkRun', 'a grandchild', 'forkMap', 'forkPool']) {
    it(`answer at once, all of them, in ${which === 'a grandchild' ? which : `a child of ${which}()`}`, async () => {
      const { code, stdout, stderr } = await runFixture('run/inherited-objects.mjs', [which]);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });
  }
});
