// Are descriptors copied, flagged, locked and opened as they should be?
import assert from 'node:assert/strict';
import posix from 'posix-fork';
import { silentClaimsOf } from '../helpers/claims.mjs';

const holds = silentClaimsOf('process/descriptors.mjs');

describe('a descriptor', () => {
  it('is close-on-exec and non-blocking as one says', holds('flags'));
  it('is copied to the lowest number that may be', holds('dup'));
  it('locks a file against others, and together with a forked child', holds('flock'));
  it('stands for a process, and for no stranger with its pid', holds('pidfd'));
  it('travels through a Unix socket, from and to whomever', holds('messages'));
  it('is closed where others that came with it found no number', holds('more descriptors than there are numbers'));
  it(
    'comes with what else a socket hands over (SO_PASSCRED): all 253 have room, and no pidfd is left',
    holds('on a socket that hands over more with each message'),
  );
  it('is opened by name where there is a fifo', holds('fifo'));
  it('is opened for a child, and closed here', holds('files for a child'));

  it('is refused before anything happens where an argument is wrong', () => {
    const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    const VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    const spawn = (file) => () => posix.spawn('true', { fds: { 1: file } });
    const bad = [
      [TYPE, () => posix.getCloexec('1')], [RANGE, () => posix.getNonblock(-1)], [TYPE, () => posix.setCloexec(1, 1)],
      [TYPE, () => posix.setNonblock(1, null)], [RANGE, () => posix.dup(1.5)], [RANGE, () => posix.dup(1, { min: -1 })],
      [TYPE, () => posix.dup(1, { cloexec: 1 })], [VALUE, () => posix.dup(1, { from: 1 })], [VALUE, () => posix.flock(1, 'LOCK_EX')],
      [TYPE, () => posix.flock(1, 'ex', { nonblock: 1 })], [TYPE, () => posix.flock('1', 'ex')], [RANGE, () => posix.pidfd(0)],
      [TYPE, () => posix.sendFds('1', Buffer.from('x'), [])], [TYPE, () => posix.sendFds(1, 'x', [])], [VALUE, () => posix.sendFds(1, Buffer.alloc(0), [])],
      [TYPE, () => posix.sendFds(1, Buffer.from('x'))], [RANGE, () => posix.sendFds(1, Buffer.from('x'), [-1])],
      [TYPE, () => posix.sendFds(1, Buffer.from('x'), ['1'])], [VALUE, () => posix.sendFds(1, Buffer.from('x'), Array(254).fill(0))],
      [VALUE, () => posix.sendFds(1, Buffer.from('x'), Array(2 ** 32 - 1))], // and no copy is made of it
      [TYPE, () => posix.recvFds('1')], [RANGE, () => posix.recvFds(1, 0)], [TYPE, () => posix.recvFds(1, '1')],
      [TYPE, () => posix.mkfifo(5)], [VALUE, () => posix.mkfifo('')], [VALUE, () => posix.mkfifo('a\0')], [RANGE, () => posix.mkfifo('a', -1)],
      [TYPE, () => posix.mkfifo('a', '666')],
      [TYPE, spawn({})], [TYPE, spawn({ path: 5 })], [VALUE, spawn({ path: '' })], [VALUE, spawn({ path: '/dev/null', flags: 'x' })],
      [TYPE, spawn({ path: '/dev/null', flags: null })], [TYPE, spawn({ path: '/dev/null', mode: '666' })],
      [RANGE, spawn({ path: '/dev/null', mode: 0o10000 })], [VALUE, spawn({ path: '/dev/null', flag: 'w' })],
    ]; // prettier-ignore
    for (const [expected, call] of bad) assert.throws(call, expected, String(call));
  });
});
