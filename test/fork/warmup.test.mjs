// Does warmup() spare the children what it is there to spare them?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';
import { withoutSymbol } from '../helpers/without-symbol.mjs';

describe('warmup()', () => {
  // 24 runs on each version: a child copied 9 to 45 MB before, 6 to 18 after (medians 38 and 9); the parent had 119 to 152, then 79 to 88.
  it('leaves less to copy to a child that collects its garbage, and less memory to the parent', async () => {
    const { cold, warm } = report(await runFixture('fork/warmup.mjs'));
    const told = JSON.stringify({ cold, warm });
    assert.ok(warm.child < cold.child, told);
    assert.ok(warm.parent < cold.parent * 0.85, told);
  });

  it('says what the node binary lacks', () =>
    withoutSymbol('_ZN2v87Isolate21LowMemoryNotificationEv', async (node) => {
      const { code, stderr } = await runFixture('fork/warmup.mjs', [], { node });
      assert.equal(code, 1);
      assert.match(stderr, /ERR_FORK_UNSUPPORTED_RUNTIME/);
    }));
});
