// Do the descriptors of the child's loop keep out of one another's way?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

// Descriptors 3 to 5 are open when Node.js starts, so that its loop has higher numbers.
const wrapper = ['sh', '-c', 'exec "$@" 3</dev/null 4</dev/null 5</dev/null', 'sh'];

describe('a parent with free descriptor numbers below those of its loop', () => {
  // Without the duplicate in native/node/uv_loop.cc the child aborted with [3] and with [3, 4] on Node.js 20 and 24.
  for (const free of [[3], [3, 4], [3, 4, 5]]) {
    it(`forks a child whose loop works: ${free.join()} free`, async () => {
      const { state, code } = report(await runFixture('fork/free-numbers.cjs', free, { wrapper }));
      assert.deepEqual({ state, code }, { state: 'exited', code: 7 });
    });
  }
});
