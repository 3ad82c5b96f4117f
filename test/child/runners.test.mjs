// Do children live under what programs are developed with: node --watch, node --test?
import assert from 'node:assert/strict';
import { pathOf, report, runCommand, runFixture } from '../helpers/run.mjs';

describe('a child under node --watch', () => {
  it('loads further modules, and tells the watcher nothing', async () => {
    const { code, stdout, stderr } = await runFixture('child/watched.mjs');
    assert.equal(code, 0, stderr);
    assert.deepEqual(report({ stdout }), { result: ['required', 'imported'], send: 'function' });
  });
});

describe('a child under node --test', () => {
  it('leaves by every path, and the runner hears of its parent’s tests alone', async () => {
    const { code, stdout, stderr } = await runCommand([
      process.execPath,
      '--test',
      '--test-reporter=tap',
      pathOf('child/under-test.cjs'),
    ]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^# tests 4$/m);
    assert.match(stdout, /^# pass 4$/m);
  });
});
