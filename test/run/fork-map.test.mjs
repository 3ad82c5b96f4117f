// What does forkMap promise?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

describe('forkMap', () => {
  const CLAIMS = {
    order: 'orders results, of any kind of items, and lets fn see the heap as it is',
    mixed:
      'gives numbers as any other results, of children that were killed, too, and calls fn again for nothing that has one',
    bounds: 'keeps at most `concurrency` children alive, by default one for each processor',
    lazy: 'asks for an item when there is a place for it',
    serially: 'asks for one item at a time',
    'first error': 'ends all with the first error, and lets the items go',
    abort: 'ends all when the signal says so, and forks nothing if it has',
    'pending items': 'ends with an error or the signal while the items make it wait',
    'no room': 'rejects if there is no room for what a child sends, and the program goes on',
    'failing items': 'ends all if the items fail',
    threads: 'asks forkRun to do beside threads what it is told',
    arguments: 'checks its arguments',
  };
  for (const [what, claim] of Object.entries(CLAIMS)) {
    it(claim, async () => {
      const { code, stdout, stderr } = await runFixture('run/fork-map.mjs', [what]);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });
  }
});
