// Does spawnChild() give a program's streams, its end, and an end in time?
import assert from 'node:assert/strict';
import posix from 'posix-fork';
import { silentClaimsOf } from '../helpers/claims.mjs';

const holds = silentClaimsOf('spawn/children.mjs');

describe('spawnChild()', () => {
  it('gives a stream for each pipe, and null for the others', holds('streams'));
  it('loses nothing, however much it is and however late it is read', holds('much, and at the end'));
  it('gives the program pipes that block as its standard streams', holds('standard streams that are pipes'));
  it('ends it after a time, by a signal, and with its scope', holds('time and signals'));
  it('keeps it its parent’s over a fork', holds('beside a fork'));
  it('leaves no descriptor and no child where it throws', holds('errors leave nothing'));
  it('starts it as somebody else, too', holds('as somebody else'));
  it('works in a Worker, and nothing warns', holds('in a Worker'));
  it('starts many at once', holds('many at once'));

  it('refuses wrong options before anything happens', () => {
    const before = posix.children(); // other tests' are in there
    const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    const VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    const bad = [
      [TYPE, { signal: 1 }], [TYPE, { timeout: '1' }], [RANGE, { timeout: -1 }], [RANGE, { timeout: 2 ** 31 }],
      [VALUE, { killSignal: 0 }], [TYPE, { signal: null }], [{ code: 'ERR_UNKNOWN_SIGNAL' }, { killSignal: 'SIGFOO' }],
      [VALUE, { stdio: 'pipe' }], [VALUE, { fds: { 1: 'pipes' } }], [VALUE, { encoding: 'utf8' }],
    ]; // prettier-ignore
    for (const [expected, options] of bad)
      assert.throws(() => posix.spawnChild('true', options), expected, Object.keys(options)[0]);
    assert.throws(() => posix.spawn('true', { timeout: 1 }), VALUE);
    assert.throws(() => posix.spawn('true', { fds: { 1: 'pipe' } }), /spawnChild/);
    assert.deepEqual(posix.children(), before);
  });
});

describe('a wait', () => {
  it('holds the loop unless it is not to', holds('what holds the loop'));
  it('that blocks has an end in time', holds('waitpidSync with a time-out'));
  it('refuses wrong options', async () => {
    await assert.rejects(posix.waitpid(1, { ref: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
    await assert.rejects(posix.waitpid(1, { timeout: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => posix.waitpidSync(1, { timeout: -1 }), { code: 'ERR_OUT_OF_RANGE' });
    assert.throws(() => posix.waitpidSync(1, { ref: false }), { code: 'ERR_INVALID_ARG_VALUE' });
  });
});
