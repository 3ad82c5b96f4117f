// Do forkRun, forkMap, forkPool and forkServer work where the program has changed what they find around them?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

describe('children that run a function', function () {
  this.timeout(30_000);
  const silent = (claim, ...args) =>
    it(claim, async () => {
      const { code, stdout, stderr } = await runFixture('run/changed-world.mjs', args, { deadline: 20_000 });
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });

  silent('tell how they ended where all that is built in is frozen', 'frozen');
  silent('are ended in time where a test has stopped the clock', 'clock');

  it('settle what was asked of them where a task breaks what is built in', async () => {
    const { code } = await runFixture('run/changed-world.mjs', ['broken'], { deadline: 25_000 });
    assert.equal(code, 0);
  });

  it('tell how they ended, and write all that they have to, where process.nextTick is a test’s', async () => {
    const { code, stdout, stderr } = await runFixture('run/changed-world.mjs', ['tick'], { deadline: 20_000 });
    assert.deepEqual({ code, length: stdout.length, stderr }, { code: 0, length: 1_000_000, stderr: '' });
  });
});
