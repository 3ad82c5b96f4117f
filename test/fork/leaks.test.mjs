// Is nothing that a child should not have passed on silently?
import assert from 'node:assert/strict';
import { buildAddon } from '../helpers/addon.mjs';
import { runFixture } from '../helpers/run.mjs';

describe('a promise that cannot be kept', () => {
  for (const [program, says] of Object.entries({
    numbers: 'not there: children draw numbers of their own',
    'numbers, beside a Uint8Array of a test environment': 'not there: what jsdom replaces is not asked',
    'numbers, without an inspector': 'is said, and numbers are kept',
    'numbers, without an inspector, in a Node.js that nobody has tested': 'is said',
    'UUIDs of the program’s own': 'is said',
    'Math.random of the program’s own': 'is said once, and by the parent',
  })) {
    it(`${says} (${program})`, async () => {
      const { code, stdout, stderr } = await runFixture('fork/leaks.mjs', [program]);
      assert.equal(code, 0, stdout + stderr);
    });
  }

  it('is said: a bare child, where the C library has another condition variable than it says', async () => {
    const env = { LD_PRELOAD: [buildAddon('newer_glibc'), process.env.LD_PRELOAD].filter(Boolean).join(' ') };
    const { code, stdout, stderr } = await runFixture('fork/bare-leaks.mjs', [], { env });
    assert.equal(code, 0, stdout + stderr);
  });
});
