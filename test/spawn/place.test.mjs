// Does a program live where spawn() was told that it does, and is it said where that cannot be had?
import assert from 'node:assert/strict';
import posix from 'posix-fork';
import { runFixture } from '../helpers/run.mjs';

const holds = (claim, options) =>
  async function () {
    const { code, stdout, stderr } = await runFixture('spawn/places.mjs', [claim], options);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    if (!stdout.startsWith('SKIPPED')) return;
    console.warn(`      ${stdout.trim()}`);
    this.skip();
  };

describe('a program', () => {
  it('has new namespaces, its ids in them, and all else that it should have', holds('new namespaces'));
  it('has them without a right, by one of users', async function () {
    if (process.getuid() !== 0) this.skip();
    const wrapper = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    await holds('without rights', { wrapper }).call(this);
  });
  it('mounts for itself alone', holds('mounts of its own'));
  it('joins namespaces, of pids too, and is a child of this process', holds('joins'));
  it('is in its cgroup from the first moment on', holds('cgroup'));

  it('is refused where an option is wrong, before anything happens', () => {
    const before = posix.children();
    const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    const VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    const bad = [
      [TYPE, { unshare: 'user' }], [VALUE, { unshare: ['users'] }], [VALUE, { unshare: [0x10000000] }], [TYPE, { unshare: null }],
      [TYPE, { setns: 3 }], [RANGE, { setns: [-1] }], [TYPE, { setns: [null] }], [VALUE, { setns: [''] }], [VALUE, { setns: [], unshare: [] }],
      [TYPE, { cgroup: true }], [RANGE, { cgroup: -1 }], [VALUE, { cgroup: 'a\0' }], [VALUE, { cgroup: '' }],
    ]; // prettier-ignore
    for (const [expected, options] of bad) {
      assert.throws(() => posix.spawn('true', options), expected, JSON.stringify(options));
      assert.throws(() => posix.spawn('true', options), /options\./);
    }
    assert.deepEqual(posix.children(), before);
  });
});
