// Is a child given away in a Node.js that nobody has tested, before one has been tried?
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { report, runFixture } from '../helpers/run.mjs';

const BREAK = fileURLToPath(new URL('../support/fixtures/break-runtime.cjs', import.meta.url));
const CODE = 'ERR_FORK_UNSUPPORTED_RUNTIME';
const run = async (how, env) => report(await runFixture('fork/untested.mjs', [how], { env }));

describe('fork() in a Node.js that nobody has tested', () => {
  it('tries one beforehand, once, and forks if that went well', async () => {
    const { trials, outcomes, warnings, tested } = await run('possible');
    assert.deepEqual([trials, outcomes, warnings, tested], [1, [3, 3], [], false]);
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
    for (const [how, env, why] of [
      ['not possible', {}, /could not be made: Access to this API/],
      [
        'possible',
        { NODE_OPTIONS: `--require=${BREAK}`, BREAK: 'the start of the one that is tried' },
        /could not be made: it exited with code 1/,
      ],
    ]) {
      const { trials, outcomes, warnings, tested } = await run(how, env);
      const codes = warnings.map(({ code }) => code);
      assert.deepEqual([trials, outcomes, codes, tested], [1, [3, 3], ['POSIX_FORK_UNTESTED'], false]);
      assert.match(warnings[0].message, why);
    }
  });

  it('does not take a limit that the trial met for a fault of the Node.js', async function () {
    if (process.getuid() !== 0) this.skip(); // needs a user of its own
    const { trials, outcomes, warnings } = await run('short of threads');
    assert.deepEqual([trials, outcomes, warnings.length], [1, [3, 3], 1]);
    assert.match(warnings[0].message, /could not be made: .*pthread_create: .*\(RLIMIT_NPROC\)/);
  });

  it('tries one whatever the program has done to `process`, its options and its working directory; without its coverage', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'untested-'));
    const env = { NODE_V8_COVERAGE: folder, NODE_OPTIONS: '--no-deprecation' };
    const { trials, outcomes, warnings, options } = await run('in changed surroundings', env);
    assert.deepEqual([trials, outcomes, warnings, options], [1, [3, 3], [], []]);
    const files = readdirSync(folder);
    rmSync(folder, { recursive: true });
    assert.equal(files.length, 1, files.join()); // the program's; its children end by _exit()
  });

  it('tries none where the environment says so', async () => {
    const outcome = await run('possible', { POSIX_FORK_TRIAL: 'skip' });
    assert.deepEqual([outcome.trials, outcome.outcomes], [0, [3, 3]]);
  });
});
