// Is a child whole if its program has changed what is built in?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

const CHANGES = ['iterators', 'Object', 'Promise', 'Map', 'Set', 'Reflect', 'JSON', 'Array', 'String', 'RegExp'];

describe('fork() and forkRun() work, and leave the program what it changed,', () => {
  for (const what of [...CHANGES, 'Error.prepareStackTrace', 'Function, at once', 'frozen']) {
    it(`where it has changed ${what}`, async () => {
      const { code, stderr } = await runFixture('child/built-ins.mjs', [what]);
      // With all frozen, node:inspector shows no timers, and fork() says so.
      assert.deepEqual({ code, stderr: what === 'frozen' ? '' : stderr }, { code: 0, stderr: '' });
    });
  }
});
