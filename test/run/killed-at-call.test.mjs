// Is anything lost, doubled or left when a child is killed at any of its system calls?
import assert from 'node:assert/strict';
import { buildAddon } from '../helpers/addon.mjs';
import { runFixture } from '../helpers/run.mjs';

const ROUNDS = Number(process.env.POSIX_FORK_STRESS ?? (process.env.POSIX_FORK_FULL ? 40 : 6));

describe('a child that is killed at its n-th system call', function () {
  this.timeout(60_000 + ROUNDS * 1000);
  let library;
  before(() => {
    library = buildAddon('faults');
  });
  for (const [claim, what] of [
    ['of forkPool, with run()', 'run'],
    ['of forkPool, with map()', 'map'],
    ['of forkMap', 'forkMap'],
  ]) {
    it(`takes nothing along, and leaves nothing: ${claim}`, async () => {
      const { code, stdout, stderr } = await runFixture('run/killed-at-call.mjs', [library, what, ROUNDS, 1], {
        deadline: 40_000 + ROUNDS * 1000,
        env: { LD_PRELOAD: [library, process.env.LD_PRELOAD].filter(Boolean).join(' ') },
      });
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });
  }
});
