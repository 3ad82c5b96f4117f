// What if a fork is asked for deep in a recursion?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

// The last bytes are V8's own, who throws there before anybody else can.
const NEAR_V8S_LIMIT = ['ERR_FORK_STACK', 'Maximum call stack size exceeded'];

describe('deep in a recursion', () => {
  for (const what of ['fork', 'forkRun', 'forkMap', 'forkPool'])
    it(`${what} either has a child that works, or says what is wrong and nothing has happened`, async () => {
      const result = await runFixture('fork/deep.mjs', [what]);
      assert.deepEqual({ codes: report(result), stderr: result.stderr }, { codes: NEAR_V8S_LIMIT, stderr: '' });
    });

  it('the same where the kernel would end the process before V8 throws (RLIMIT_STACK)', async () => {
    const wrapper = ['sh', '-c', 'ulimit -s 1024; exec "$@"', 'sh'];
    const result = await runFixture('fork/deep.mjs', ['fork'], { wrapper, execArgv: ['--stack-size=3000'] });
    assert.deepEqual({ codes: report(result), stderr: result.stderr }, { codes: ['ERR_FORK_STACK'], stderr: '' });
  });
});
