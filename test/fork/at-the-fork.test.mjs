// What would go wrong at the moment of a fork only by chance? A library that stands before fork(2) looks, or lets it.
import assert from 'node:assert/strict';
import { buildAddon } from '../helpers/addon.mjs';
import { runFixture } from '../helpers/run.mjs';

describe('fork()', () => {
  let env;
  before(function () {
    this.timeout(60_000);
    env = { LD_PRELOAD: [buildAddon('at_the_fork'), process.env.LD_PRELOAD].filter(Boolean).join(' ') };
  });

  it("has the lock of libuv's finished operations, which a thread of its pool could have", async () => {
    const { stdout, stderr } = await runFixture('fork/at-the-fork.mjs', [], { env });
    assert.deepEqual({ stdout, stderr }, { stdout: '7\n', stderr: '' });
  });

  (process.env.POSIX_FORK_FULL ? it : it.skip)('ends a child whose repair hangs, after five seconds', async () => {
    const { stdout, stderr } = await runFixture('fork/at-the-fork.mjs', [], { env: { ...env, HANG_IN_REPAIR: '1' } });
    const said =
      'posix-fork: the forked child could not be set up: the repair: it did not finish within five seconds\n';
    assert.deepEqual({ stdout, stderr }, { stdout: '1\n', stderr: said });
  });
});
