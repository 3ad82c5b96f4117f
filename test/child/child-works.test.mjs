// Is the child of a plain fork() a whole Node.js process?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

const ABILITIES =
  'timers promises fs net http dns crypto zlib child_process worker_threads WebAssembly import gc jit'.split(' ');

describe('the child of fork()', () => {
  for (const ability of ABILITIES) {
    it(`can use ${ability}`, async () => {
      const { code, stderr } = await runFixture('child/child-can.mjs', [ability]);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    });
  }

  it('goes on at the top level of CommonJS modules', async () => {
    const { code, stdout } = await runFixture('child/top-level.cjs');
    assert.equal(code, 0);
    assert.deepEqual(stdout.trim().split('\n').sort(), [
      'child: a turn of the loop',
      'child: the rest of the module',
      'parent: a turn of the loop',
      'parent: the child has exited with 0',
      'parent: the rest of the module',
    ]);
  });

  // A second each; ten in the matrix.
  const generations = process.env.POSIX_FORK_FULL ? 10 : 4;
  it(`can fork, ${generations} generations deep, and each can do everything`, async () => {
    const { code, stderr } = await runFixture('child/child-can.mjs', ['everything', generations], {
      deadline: 100_000,
    });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });
});
