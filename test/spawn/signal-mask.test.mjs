// Does a program start with no signal blocked, whatever the thread that starts it blocks?
import assert from 'node:assert/strict';
import { buildAddon } from '../helpers/addon.mjs';
import { report, runFixture } from '../helpers/run.mjs';

describe('a thread that blocks a signal', () => {
  it('starts programs that do not, with spawn() and with execve()', async () => {
    const { own, spawn, execve } = report(await runFixture('spawn/signal-mask.mjs', [buildAddon('block_signal')]));
    const NONE = '0000000000000000';
    assert.notEqual(own, NONE);
    assert.deepEqual({ spawn, execve }, { spawn: NONE, execve: NONE });
  });
});
