// Does a program have a terminal that behaves as one, with this process behind it?
import assert from 'node:assert/strict';
import posix from 'posix-fork';
import { claimsOf, silentClaimsOf } from '../helpers/claims.mjs';

const holds = silentClaimsOf('terminal/terminals.mjs');

describe('a terminal', () => {
  it('is the controlling one of the program that is given it, and its 0 to 2', holds('a program in one'));
  it('loses nothing of the last output, and takes no thread and no descriptor', holds('its last output'));
  it(
    'is that of a program that opens it by its name only, as one that asks for a password',
    holds('opened by its name'),
  );
  it('is read to the end where there is no descriptor to keep it open with', holds('no room to keep it open'));
  it('is read on there after a listener that throws', holds('a listener that throws where there is no room'));
  it('is not tried again and again where nobody has it open, nor reads', holds('typed into where nobody reads'));
  it('holds the loop there if it is told to', holds('held where there is no room'));
  it('is typed into: lines, control characters, and much in raw mode', holds('typing'));
  it('has a size, and tells the program when it changes', holds('size'));
  it('has modes, which are those that stty(1) sees', holds('termios'));
  it('ends the program when it is closed, and holds nothing up', holds('its end'));
  it('goes on after a listener that throws', holds('a listener that throws'));
  it('works in a Worker', holds('in a Worker'));
  it('stays its parent’s over a fork', holds('beside a fork'));
  it('of a Worker is no forked child’s either', holds('of a Worker, beside a fork'));

  it('holds what node-pty claims: 20 claims', async () => {
    assert.equal(Number(await claimsOf('terminal/node-pty.mjs')()), 20);
  });

  it('is refused before anything happens where an argument is wrong', () => {
    const before = posix.children(); // other tests' are in there
    const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    const VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    const pty = (options) => () => posix.spawnChild('true', options);
    const attributes = { iflag: 0, oflag: 0, cflag: 0, lflag: 0, ispeed: 0, ospeed: 0, cc: Array(32).fill(0) };
    const set = (change, when) => () => posix.tcsetattr(0, { ...attributes, ...change }, when);
    const bad = [
      [TYPE, pty({ pty: false })], [TYPE, pty({ pty: {} })], [RANGE, pty({ pty: { rows: -1, cols: 1 } })],
      [VALUE, pty({ pty: { rows: 1, cols: 1, x: 1 } })], [VALUE, pty({ pty: true, setsid: true })], [VALUE, pty({ pty: true, pgid: 0 })],
      [VALUE, pty({ pty: true, foreground: true })], [VALUE, () => posix.spawn('true', { pty: true })],
      [TYPE, () => posix.openpty(5)], [RANGE, () => posix.openpty({ rows: 65_536, cols: 1 })], [TYPE, () => posix.setWindowSize(0, { rows: 1 })],
      [TYPE, () => posix.getWindowSize('0')], [RANGE, () => posix.tcgetattr(-1)], [TYPE, () => posix.setRaw(null)],
      [TYPE, set({ lflag: '0' })], [RANGE, set({ iflag: 0.5 })], [TYPE, set({ cc: 5 })], [RANGE, set({ cc: [] })],
      [RANGE, set({ cc: Array(32).fill(256) })], [VALUE, set({}, 'later')], [VALUE, set({ speed: 1 })],
    ]; // prettier-ignore
    for (const [expected, call] of bad) assert.throws(call, expected, String(call));
    const either = /^The "options\.pty" property must be true or of type object\. /;
    assert.throws(pty({ pty: false }), { message: either });
    assert.deepEqual(posix.children(), before);
  });
});
