// Is a program who spawn() was told that it is: user, groups, limits, place in the scheduler's queue, signals?
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import posix from 'posix-fork';
import { runFixture } from '../helpers/run.mjs';

const holds = (claim, options) =>
  async function () {
    const { code, stdout, stderr } = await runFixture('spawn/who.mjs', [claim], options);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    if (stdout.startsWith('SKIPPED')) skip(this, stdout.trim());
  };
function skip(test, why) {
  console.warn(`      ${why}`);
  test.skip();
}
const as = (...flags) => ({ wrapper: ['setpriv', ...flags] });
const hasSetpriv = () => {
  try {
    execFileSync('setpriv', ['--version']);
    return true;
  } catch {
    return false;
  }
};
const asAnother = (claim, ...flags) =>
  async function () {
    if (process.getuid() !== 0 || !hasSetpriv()) skip(this, 'SKIPPED: needs root and setpriv(1)');
    await holds(claim, as(...flags)).call(this);
  };

describe('a program that starts', () => {
  it('is another user, of the groups that were named and no others, without capabilities', holds('ids'));
  it('leaves the threads of its parent who they are', holds('another thread stays who it is'));
  it(
    'has none of the ambient capabilities by which it became another user',
    asAnother(
      'not root',
      ...['--reuid=1000', '--clear-groups', '--inh-caps=+setuid,+setgid,+kill', '--ambient-caps=+setuid,+setgid,+kill'],
    ),
  );
  it(
    'is not started where its parent may not give what it should have, and the error says what',
    asAnother('without a right', '--reuid=65534', '--regid=65534', '--clear-groups'),
  );
  it('has its umask, nice value, scheduler and processors', holds('umask, nice, scheduler, affinity'));
  it('has its limits, and is ended by them', holds('limits'));
  it('has the signals blocked and ignored that it should have, 32 and 33 at their defaults', holds('signals'));
  it('has no new privileges', holds('noNewPrivs'));
  it(
    'has its descriptors, directory and group, and its errors reach the caller',
    holds('all that spawn() does otherwise'),
  );
  it(
    'has them where the C library and the kernel close descriptors one by one',
    holds('all that spawn() does otherwise', {
      env: { POSIX_FORK_SPAWN: 'no-closefrom' },
    }),
  );
  it('may be started by ten threads at once', holds('ten threads at once'));
  it('getrlimit(), setrlimit() and prlimit() say and set what the kernel has', holds('getrlimit, setrlimit'));

  it('is refused before anything happens where an option is wrong', () => {
    const before = posix.children(); // other tests' are in there
    const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    const VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    const bad = [
      [TYPE, { uid: '0' }], [RANGE, { uid: -1 }], [RANGE, { uid: 2 ** 32 - 1 }], [RANGE, { gid: 0.5 }], [TYPE, { gid: '1' }], [TYPE, { groups: null }],
      [TYPE, { groups: 5 }], [TYPE, { groups: ['0'] }], [RANGE, { groups: [-1] }], [VALUE, { groups: Array(65_537).fill(0) }],
      [TYPE, { umask: '022' }], [RANGE, { umask: 0o1000 }], [RANGE, { nice: 20 }], [RANGE, { nice: -21 }],
      [VALUE, { scheduler: 'fifo' }], [VALUE, { scheduler: { policy: 'idle', priority: 1 } }], [RANGE, { scheduler: { policy: 'rr', priority: 0 } }],
      [TYPE, { scheduler: { policy: 'rr' } }], [VALUE, { scheduler: null }], [VALUE, { scheduler: { policy: 'rr', priority: 1, x: 1 } }],
      [VALUE, { affinity: [] }], [RANGE, { affinity: [8192] }], [TYPE, { affinity: 0 }],
      [TYPE, { limits: [] }], [VALUE, { limits: { files: 1 } }], [TYPE, { limits: { nofile: '1' } }], [RANGE, { limits: { nofile: -1 } }],
      [RANGE, { limits: { nofile: NaN } }], [VALUE, { limits: { nofile: {} } }], [RANGE, { limits: { nofile: { soft: 2, hard: 1 } } }],
      [VALUE, { limits: { nofile: { max: 2 } } }], [TYPE, { limits: { nofile: null } }],
      [TYPE, { sigmask: 'SIGHUP' }], [VALUE, { sigmask: [0] }], [VALUE, { sigignore: ['SIGKILL'] }], [VALUE, { sigmask: [19] }],
      [{ code: 'ERR_UNKNOWN_SIGNAL' }, { sigignore: ['SIGFOO'] }], [RANGE, { sigignore: [65] }], [TYPE, { noNewPrivs: 1 }],
    ]; // prettier-ignore
    for (const [expected, options] of bad) {
      const [name] = Object.keys(options);
      assert.throws(() => posix.spawn('true', options), expected, JSON.stringify(options));
      if (expected.code.includes('ARG') || expected === RANGE)
        assert.throws(() => posix.spawn('true', options), new RegExp(`options\\.${name}`));
    }
    assert.throws(() => posix.setrlimit('nofile', null), TYPE);
    assert.throws(() => posix.setrlimit('files', 1), VALUE);
    assert.throws(() => posix.getrlimit('toString'), VALUE);
    assert.throws(() => posix.prlimit(-1, 'nofile'), RANGE);
    assert.deepEqual(posix.children(), before);
  });
});
