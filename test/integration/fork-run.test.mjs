// What do forkRun and forkMap promise?
import assert from 'node:assert/strict';
import { report, runFixture } from '../support/run.mjs';

const RUNS = process.env.POSIX_FORK_STRESS ?? 200;

describe('forkRun', function () {
  this.timeout(60_000);

  const CLAIMS = {
    result: 'gives what main returned, and code 0',
    errors:
      'rejects with the same class, message, code, cause and the stack of the child, or says what cannot be cloned',
    'no result': 'rejects with ChildExitError if the child left no result',
    abort: 'ends the child when the signal says so, and checks its arguments',
    dispose: 'ends with its scope, and may be forgotten',
    worker: 'refuses in a Worker, as forkMap does',
  };
  for (const [what, claim] of Object.entries(CLAIMS)) {
    it(claim, async () => {
      const { code, stdout, stderr } = await runFixture('fork-run.mjs', [what]);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });
  }

  it('runs main and nothing else', async () => {
    const { code, stdout, stderr } = await runFixture('fork-run.mjs', ['no other code']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal(stdout, 'own exit listener\n'.repeat(3));
  });

  it('flushes stdout and stderr', async () => {
    const { code, stdout, stderr } = await runFixture('fork-run.mjs', ['output']);
    assert.deepEqual([code, stdout.length, stderr.length], [0, 300_000, 300_000]);
  });

  it('takes 256 MB without blocking the loop', async () => {
    const { longest } = report(await runFixture('fork-run.mjs', ['large'], { deadline: 40_000 }));
    assert.ok(longest < 100, `the loop stood still for ${longest} ms`);
  });

  it(`leaves nothing behind in a busy server, ${RUNS} times`, async function () {
    this.timeout(30_000 + RUNS * 50);
    const outcome = await runFixture('fork-run.mjs', ['leaks', RUNS], {
      deadline: 20_000 + RUNS * 50,
      execArgv: ['--expose-gc'],
    });
    assert.equal(outcome.stderr, '');
    const { before, after, requests } = report(outcome);
    assert.ok(after.fds <= before.fds + 4 && after.handles <= before.handles + 4, JSON.stringify({ before, after }));
    assert.ok(after.mb < before.mb + 20, JSON.stringify({ before, after }));
    assert.ok(requests > 0);
  });
});

describe('forkMap', () => {
  it('orders results, bounds children, takes items lazily, and ends all with the first error', async function () {
    this.timeout(40_000);
    const { code, stdout, stderr } = await runFixture('fork-run.mjs', ['map'], { deadline: 30_000 });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
  });
});
