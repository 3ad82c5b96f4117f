// What does fork() leave behind where it must fail, or where its child cannot be set up?
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { buildAddon } from '../helpers/addon.mjs';
import { report, runFixture } from '../helpers/run.mjs';

describe('fork() at the process limit (RLIMIT_NPROC)', function () {
  before(function () {
    if (process.getuid() !== 0) this.skip(); // needs a user of its own
  });

  it('throws EAGAIN and leaves the parent as it was: loop, pools, descriptors, heap flags', async () => {
    const { error, before, after, answer } = report(await runFixture('fork/process-limit.cjs', [0]));
    assert.deepEqual(error, {
      code: 'EAGAIN',
      errno: -11,
      syscall: 'fork',
      message: 'EAGAIN: resource temporarily unavailable, fork',
    });
    assert.equal(after.descriptors, before.descriptors);
    assert.ok(after.flags >= before.flags, `${after.flags} of ${before.flags}`); // V8 may have mapped a page more
    assert.ok(before.flags > 10, `${before.flags} mappings of V8's are MADV_DONTFORK`);
    assert.equal(answer, 'ok');
  });

  // One that was made while the lock of V8's platform was held hung at the 500th to 8,500th (Node 24, 26).
  it('throws EAGAIN thousands of times', async () => {
    const count = process.env.POSIX_FORK_FULL ? 30_000 : 9_000;
    assert.deepEqual(report(await runFixture('fork/fails-often.mjs', [count])), [['EAGAIN', count]]);
  });

  // Node's constructor of the worker pool waits for ever for threads that it could not start, and libuv aborts without a word.
  for (const whose of ['v8', 'libuv']) {
    it(`ends a child that may start no more than 2 threads, when ${whose} needs more, instead of a hang`, async () => {
      const result = await runFixture('fork/process-limit.cjs', [3, whose]);
      const { error, status, answer } = report(result);
      assert.equal(error, undefined);
      assert.deepEqual({ state: status.state, code: status.code }, { state: 'exited', code: 1 });
      assert.match(
        result.stderr,
        /posix-fork: the forked child could not be set up: pthread_create: .*\(RLIMIT_NPROC\)/,
      );
      assert.equal(answer, 'ok');
    });
  }
});

describe('a child that cannot start its threads', () => {
  it('says which limit it met as the error of result: RLIMIT_AS', async () => {
    const { error } = report(await runFixture('fork/thread-limit.mjs', ['as']));
    assert.match(error, /^Child \d+ could not be set up: pthread_create: .*\(RLIMIT_AS\)$/);
  });

  it('says which limit it met as the error of result: RLIMIT_NPROC', async function () {
    if (process.getuid() !== 0) this.skip();
    const { error } = report(await runFixture('fork/thread-limit.mjs', ['nproc']));
    assert.match(error, /^Child \d+ could not be set up: pthread_create: .*\(RLIMIT_NPROC\)$/);
  });

  it('says which limit it met as the error of result: pids.max', async function () {
    const { error } = report(await runFixture('fork/thread-limit.mjs', ['pids']));
    if (error === 'no group') this.skip(); // the kernel, or a container, has no cgroup version 2 that one may write to
    assert.match(error, /^Child \d+ could not be set up: pthread_create: .*\(pids\.max\)$/);
  });
});

describe('fork() where descriptors run out', () => {
  it('throws EMFILE before anything is forked, or its child is well', async () => {
    const wrapper = ['sh', '-c', 'ulimit -n 80; exec "$@"', 'sh'];
    const outcomes = report(await runFixture('fork/few-descriptors.cjs', [], { wrapper }));
    const first = outcomes.indexOf(3);
    assert.ok(first > 0, outcomes.join());
    assert.deepEqual(
      outcomes,
      outcomes.map((_, free) => (free < first ? 'EMFILE' : 3)),
    );
  });
});

describe('generations of children', () => {
  // Four or five more in each, before the loop of V8's delayed tasks was closed.
  it('have as many descriptors, each as the one before', async () => {
    const counts = report(await runFixture('fork/generations.mjs'));
    assert.deepEqual(new Set(counts.slice(1)).size, 1, String(counts));
    assert.ok(counts[1] <= counts[0], String(counts));
  });
});

describe('a process that has given up root', function () {
  before(function () {
    if (process.getuid() !== 0) this.skip();
  });

  it('forks if it had loaded the package before, and so do its children; none becomes dumpable', async () => {
    const result = report(await runFixture('fork/changed-user.mjs'));
    assert.deepEqual(result, { state: 'exited', code: 7, dumpable: false });
  });
});

describe('a process that has asked not to be dumpable', () => {
  it('forks; its child stays as it is, and says why it cannot', async function () {
    // Root may look all the same.
    const wrapper = ['setpriv', '--reuid', '54321', '--regid', '54321', '--clear-groups'];
    if (spawnSync(wrapper[0], [...wrapper.slice(1), process.execPath, '-e', '0']).status !== 0) this.skip();
    const { state, code } = report(
      await runFixture('fork/changed-user.mjs', [buildAddon('not_dumpable')], { wrapper }),
    );
    assert.deepEqual({ state, code }, { state: 'exited', code: 6 });
  });
});

describe('fork() beside signals that are pending in another way than libuv has them', () => {
  // As above.
  it('throws ERR_FORK_UNSUPPORTED_RUNTIME thousands of times', async () => {
    const count = process.env.POSIX_FORK_FULL ? 30_000 : 9_000;
    const codes = report(await runFixture('fork/unknown-signals.mjs', [count]));
    assert.deepEqual(codes, [['ERR_FORK_UNSUPPORTED_RUNTIME', count]]);
  });
});
