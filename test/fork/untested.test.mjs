// Is a child given away in a Node.js that nobody has tested, before one has been tried?
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { report, runFixture } from '../helpers/run.mjs';

const BREAK = fileURLToPath(new URL('../support/fixtures/break-runtime.cjs', import.meta.url));
const CODE = 'ERR_FORK_UNSUPPORTED_RUNTIME';
const run = async (how, env) => report(await runFixture('fork/untested.mjs', [how], { env }));

describe('fork() in a Node.js that nobody has tested', () => {
  it('tries one beforehand, once, and forks if that went well', async () => {
    assert.deepEqual(await run('possible'), { trials: 1, outcomes: [3, 3], warnings: [], tested: false });
  });

  it('refuses if that went wrong, and says how', async () => {
    const breaks = { NODE_OPTIONS: `--require=${BREAK}`, BREAK: 'the one that is tried' };
    const { trials, outcomes } = await run('possible', breaks);
    assert.deepEqual([trials, outcomes.map(({ code }) => code)], [1, [CODE, CODE]]);
    assert.match(outcomes[0].message, /not with v20\.99\.0, and a trial fork failed: .*Electron's renderer/);
  });

  it('refuses where the child hangs', async () => {
    const breaks = { NODE_OPTIONS: `--require=${BREAK}`, BREAK: 'the child of the one that is tried' };
    const { trials, outcomes } = await run('possible', breaks);
    assert.deepEqual([trials, outcomes.map(({ code }) => code)], [1, [CODE, CODE]]);
    assert.match(outcomes[0].message, /a trial fork failed: .*"signal":"SIGKILL"/);
  });

  it('forks, and warns once, where none can be tried', async () => {
    const outcome = await run('not possible');
    assert.deepEqual(outcome, { trials: 1, outcomes: [3, 3], warnings: ['POSIX_FORK_UNTESTED'], tested: false });
  });

  it('tries none where the environment says so', async () => {
    const outcome = await run('possible', { POSIX_FORK_TRIAL: 'skip' });
    assert.deepEqual([outcome.trials, outcome.outcomes], [0, [3, 3]]);
  });
});
