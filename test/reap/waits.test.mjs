// Does a wait ever lose a status? Each claim holds with pidfds and, where those cannot be had, through SIGCHLD.
// POSIX_FORK_STRESS=20000: as many children in the storm (default 1,000, in the matrix 2,000), and 5,000 live ones at once (default 2,000).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { buildAddon } from '../helpers/addon.mjs';
import { report, runFixture } from '../helpers/run.mjs';

const STRESS = Number(process.env.POSIX_FORK_STRESS ?? (process.env.POSIX_FORK_FULL ? 2000 : 1000));
const LIVE = STRESS > 2000 ? 5000 : 2000;
const quiet = ({ code, stderr }) => assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });

// A new pid namespace needs privileges.
const unshare = [
  'unshare',
  '--pid',
  '--fork',
  '--mount-proc',
  'sh',
  '-c',
  'echo 400 > /proc/sys/kernel/pid_max && "$@"',
  'sh',
];
const mayUnshare = spawnSync(unshare[0], [...unshare.slice(1), 'true']).status === 0;

for (const [how, POSIX_FORK_REAP] of [
  ['through pidfds', ''],
  ['through SIGCHLD', 'no-pidfd'],
]) {
  const env = { POSIX_FORK_REAP, POSIX_FORK_THREADS: 'ignore' };

  describe(`waits, ${how}`, () => {
    const claims = {
      everyone: 'give everybody who waits, at the time or later, the same full status',
      exit_codes: 'give every exit code, whether the child ended before the wait or after',
      nohang: 'return null with WNOHANG while the child runs',
      changes: 'tell of stops and continuations',
      core: 'tell whether there is a core dump',
      whichever: 'for any child are told of each child once, first come first served',
      groups: 'for a process group are told of its members only',
      strangers: 'refuse a child of child_process, and never touch it',
      nobodys: 'say ECHILD for oneself, pid 1, strangers and empty groups',
      bad_input: 'refuse wrong arguments, and nothing has changed',
      abort: 'can be given up, and nothing is left of them',
      abort_too_late: 'tell what was taken for them, even if they are given up in this moment',
      keeps_alive: 'keep the loop alive, and no longer than needed',
      kill: 'go with kill(): ESRCH after the reap',
      listed: 'go with children(): the table in order',
      forked: 'of the parent are the parent’s alone after a fork',
      at_exit: 'are refused from the exit event on',
    };
    for (const [claim, title] of Object.entries(claims)) {
      it(title, async () => {
        const result = await runFixture('reap/waits.mjs', [claim], { env });
        quiet(result);
        if (claim === 'keeps_alive') assert.equal(result.stdout, 'code 3\n');
        if (claim === 'at_exit') assert.equal(result.stdout, 'refused\n');
      });
    }

    it(`lose none of ${STRESS} children that 9 threads start and join at the same time`, async function () {
      const deadline = 60_000 + STRESS * 20;
      this.timeout(deadline + 5_000);
      const result = await runFixture('reap/join-storm.mjs', [STRESS], { env, deadline });
      quiet(result);
      const { children, waits, wrong } = report(result);
      assert.deepEqual(wrong, [0]);
      assert.ok(children >= STRESS && waits >= 4 * children, `${waits} waits for ${children} children`);
    });

    it('lose none beside child_process, and neither does that', async () => {
      const each = STRESS / 10;
      const result = await runFixture('reap/beside-child-process.mjs', [each], { env, deadline: 60_000 + each * 30 });
      quiet(result);
      assert.deepEqual(report(result), { childProcess: each, ours: each, any: Math.ceil(each / 3) });
    });

    it('start afresh with a pid that the kernel uses again, and kill() does not hit who has it', async function () {
      if (!mayUnshare) return this.skip();
      const result = await runFixture('reap/pid-reuse.mjs', [], { env, wrapper: unshare });
      quiet(result);
      assert.ok(report(result).reused > 0, 'no pid came twice');
    });

    for (const [how, title] of Object.entries({
      workers: 'leave nothing behind in a process whose Workers end in the middle of a thousand of them',
      'process-exit': 'do not disturb process.exit() in the middle of thousands of them',
      'exit-in-callback': 'do not disturb process.exit() in the callback of one',
    })) {
      it(title, async () => quiet(await runFixture('reap/end-while-waiting.mjs', [how], { env })));
    }
  });
}

describe('waits for thousands of children at once', () => {
  it('take no thread, one descriptor each, and no longer per exit than for 100', async () => {
    const result = await runFixture('reap/many-children.mjs', [LIVE], { deadline: 100_000 });
    quiet(result);
    const { threads, descriptors, descriptorsAfter, few, many, right } = report(result);
    assert.deepEqual(
      { threads, descriptors, descriptorsAfter, right },
      { threads: 0, descriptors: 0, descriptorsAfter: 0, right: LIVE },
    );
    assert.ok(many < 3 * few + 100, `${many} us per exit among ${LIVE}, ${few} us among 100`);
  });

  it('come out right where descriptors run out in the middle', async () => {
    const limited = ['sh', '-c', 'ulimit -n 300; exec "$@"', 'sh'];
    const result = await runFixture('reap/out-of-descriptors.mjs', [500], { wrapper: limited, deadline: 100_000 });
    quiet(result);
    assert.equal(report(result).right, 500);
  });
});

describe('a child that something else reaped', () => {
  let addon;
  before(() => (addon = buildAddon('foreign_reaper')));

  for (const what of ['reapForever', 'ignoreSigchld']) {
    for (const without of ['', 'no-exit-info', 'no-pidfd']) {
      it(`is noticed (${what}${without && `, ${without}`}), and its status is true or lost`, async () => {
        const env = { POSIX_FORK_REAP: without };
        const result = await runFixture('reap/foreign-reaper.mjs', [addon, what, 50], { env });
        quiet(result);
        const { right, wrong, lost, other } = report(result);
        assert.deepEqual({ wrong, other, all: right + lost }, { wrong: 0, other: [], all: 110 });
        if (without === 'no-exit-info') assert.ok(lost > 0);
        // One that was gone before its pidfd could be opened: up to 2 on a loaded machine.
        if (without === '' && knowsExitInfo()) assert.ok(lost <= 10, `${lost} lost`);
      });
    }
  }
});

describe('a child that ends at once while SIGCHLD is ignored', () => {
  // Without: up to 9 forked and 60 spawned ones of 300 were lost.
  it('has a status: its pidfd is open before it ends', async function () {
    if (!knowsExitInfo()) this.skip();
    const count = process.env.POSIX_FORK_FULL ? 600 : 100;
    const result = await runFixture('reap/ends-at-once.mjs', [buildAddon('foreign_reaper'), count]);
    quiet(result);
    assert.deepEqual(report(result), { fork: { 7: count }, spawn: { 7: count } });
  });

  // The kernel looks at what it remembers, and then for the process: 8 of 50,000 were reaped in between.
  it('has a status also if the kernel was asked while it reaped it', async function () {
    if (!knowsExitInfo()) this.skip();
    const faults = buildAddon('faults');
    const env = { LD_PRELOAD: faults };
    const result = await runFixture('reap/ends-at-once.mjs', [buildAddon('foreign_reaper'), 10, faults], { env });
    quiet(result);
    const { fork, spawn, injected } = report(result);
    assert.deepEqual({ fork, spawn }, { fork: { 7: 10 }, spawn: { 7: 10 } });
    assert.ok(injected > 10, `${injected} answers were too early`);
  });
});

function knowsExitInfo() {
  const [major, minor] = spawnSync('uname', ['-r']).stdout.toString().split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 15);
}
