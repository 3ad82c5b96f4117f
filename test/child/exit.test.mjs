// Does the child exit by every path, with the right status?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

const exited = (code) => ({ state: 'exited', code });
const PATHS = {
  dry: exited(0),
  'process.exit': exited(7),
  'process.exitCode': exited(8),
  'uncaught exception': exited(1),
  'unhandled rejection': exited(1),
  _exit: exited(9),
  signal: { state: 'signaled', signal: 'SIGTERM' },
  'after work': exited(6),
};
const MESSAGES = {
  'uncaught exception': /Error: thrown in the child\n +at .*exit\.cjs/,
  'unhandled rejection': /Error: rejected in the child\n +at .*exit\.cjs/,
};

for (const pool of ['no pool', 'pool']) {
  describe(`a child exits (its parent had used ${pool})`, () => {
    for (const [path, status] of Object.entries(PATHS)) {
      it(`by ${path}`, async () => {
        const result = await runFixture('child/exit.cjs', [path, pool]);
        assert.deepEqual(report(result), status);
        assert.match(result.stderr, MESSAGES[path] ?? /^$/);
      });
    }
  });
}
