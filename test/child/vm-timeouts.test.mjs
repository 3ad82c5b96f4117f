// Does the timeout of node:vm go on in a child that is forked in the code that has it?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';
import { VM_THREADS } from '../helpers/steps.mjs';

const times = process.env.POSIX_FORK_FULL ? 15 : 2;

describe('code of node:vm with a timeout', () => {
  for (const how of ['plain', 'sigint']) {
    const also = how === 'sigint' ? ', and breakOnSigint' : '';
    it(`forks: it comes back or is stopped in each process, in time${also}`, async () => {
      const result = await runFixture('child/vm-timeouts.mjs', [times, how]);
      const tally = {
        'comes back: exited 3': times,
        'stopped: ERR_SCRIPT_EXECUTION_TIMEOUT, true; the child: exited 5': times,
        'nested: exited 8': times,
      };
      assert.deepEqual([report(result), result.stderr], [{ tally, kinds: 1 }, '']);
    });
  }

  it('ends no child in its repair or its handlers, which would go on past fork(); a handler that it has ended in the parent is no longer in the way', async () => {
    assert.deepEqual(report(await runFixture('child/vm-timeout-in-handler.mjs', [])), {
      child: 3,
      timeLeft: 'ERR_SCRIPT_EXECUTION_TIMEOUT',
      parent: 'ERR_SCRIPT_EXECUTION_TIMEOUT',
      next: 4,
      nested: 'ERR_FORK_IN_HANDLER',
      halfRepaired: 0,
    });
  });

  it('ends a child that is given no thread for it by SIGABRT', async () => {
    const { tally } = report(await runFixture('child/vm-timeouts.mjs', [1, 'plain', VM_THREADS]));
    assert.equal(tally['comes back: signaled SIGABRT'], 1, JSON.stringify(tally));
  });
});
