// Does waitid() tell of the right child, and take nothing where one only looks?
import assert from 'node:assert/strict';
import posix from 'posix-fork';
import { silentClaimsOf } from '../helpers/claims.mjs';

const holds = silentClaimsOf('reap/waitid.mjs');

describe('waitid()', () => {
  it('only looks with nowait, by a pid, a pidfd, a group, or at all', holds('only looks'));
  it('waits for the child of a pidfd, and for nobody else', holds('by a pidfd'));
  it('tells of stops and continuations, as often as one looks, and takes them once', holds('stops and continuations'));
  it('looks at a child of child_process, and does not take it', holds('a child of child_process'));
  it('is given up by a signal, and leaves nothing', holds('is given up'));
  it('holds the loop unless it is not to', holds('holds the loop unless it is not to'));
  it('that blocks a Worker ends with it', holds('a Worker that blocks'));

  it('refuses wrong arguments before anything happens', async () => {
    const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    const VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    const bad = [
      [VALUE, 'P_PID', 1], [VALUE, undefined], [TYPE, 'pid', '1'], [RANGE, 'pid', 0], [RANGE, 'pid', -1], [RANGE, 'pidfd', -1],
      [RANGE, 'all', 1], [RANGE, 'pgid', 2 ** 31], [TYPE, 'pid', 1, null], [TYPE, 'pid', 1, { nowait: 1 }], [TYPE, 'pid', 1, { stopped: 1 }],
      [VALUE, 'pid', 1, { untraced: true }],
    ]; // prettier-ignore
    for (const [expected, ...args] of bad) {
      await assert.rejects(posix.waitid(...args), expected, JSON.stringify(args));
      assert.throws(() => posix.waitidSync(...args), expected, JSON.stringify(args));
    }
    const nowait = true;
    for (const options of [
      { nowait, stopped: true },
      { nowait, continued: true },
    ])
      await assert.rejects(posix.waitid('pid', 1, options), VALUE);
    for (const type of ['all', 'pgid']) await assert.rejects(posix.waitid(type, 0, { nowait }), VALUE);
    await assert.rejects(posix.waitid('pid', 1, { ref: 1 }), TYPE);
    await assert.rejects(posix.waitid('pid', 1, { signal: 1 }), TYPE);
    assert.throws(() => posix.waitidSync('pid', 1, { timeout: -1 }), RANGE);
    assert.throws(() => posix.waitidSync('pid', 1, { signal: undefined, ref: true }), VALUE);
  });
});
