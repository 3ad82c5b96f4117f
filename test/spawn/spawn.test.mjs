// Does spawn() do what posix_spawn(3) can, and say what went wrong?
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import posix from 'posix-fork';
import { claimsOf } from '../helpers/claims.mjs';

const holds = claimsOf('spawn/spawns.mjs');

describe('spawn()', () => {
  it('gives the program its arguments, environment, directory, group and default signals', () =>
    holds('status, environ and cmdline'));
  it('starts a program that SIGPIPE can end', () => holds('blocked and ignored signals'));
  it('gives the program descriptors 0 to 2 and no others', () => holds('descriptors: the default'));
  it('gives each descriptor its file, however the map exchanges them', () => holds('descriptors: permutations'));
  it('gives each descriptor its file in maps of 60, as a child of its own and execve() do', () =>
    holds('descriptors: at random'));
  it('exchanges 3 and 4', () => holds('descriptors: low ones that are exchanged'));
  it('exchanges 1 and 2', () => holds('descriptors: 1 and 2 exchanged'));
  it('closes what lies in the gaps of the map', () => holds('descriptors: gaps and high ones'));
  it('leaves a standard stream closed that is closed here, and refuses to inherit it', () =>
    holds('descriptors: a standard one that is closed stays closed'));
  it('hands on standard streams that block, or leaves them as they were', () => holds('streams that block'));
  it('hands on bytes that are not UTF-8: path, directory, arguments and environment', () => holds('bytes'));
  it('takes the environment as child_process does, and options without arguments', () => holds('as child_process'));
  it('looks a name up in the PATH of the environment that it passes', () => holds('PATH'));
  it('starts sessions and process groups', () => holds('sessions and groups'));
  it('says which file, directory or descriptor was at fault, and leaves nothing', () => holds('errors'));
  it('has a child that every thread can wait for and signal', () => holds('the table, from any thread'));
  it('does not disturb child_process', () => holds('child_process beside it'));
  it('works in ten threads at once, and no descriptor of one leaks into the child of another', () =>
    holds('threads at once'));
  it('leaves no descriptor, no zombie and no memory behind', () => holds('nothing is left'));
  it('refuses from the exit event on', async () => assert.equal(await holds('exit'), 'refused\n'));
  it('does without what an older C library lacks', () =>
    holds('an older C library', { env: { POSIX_FORK_SPAWN: 'no-chdir,no-closefrom,no-tcsetpgrp' } }));

  it('checks its arguments before anything happens', () => {
    const { spawn } = posix;
    const before = posix.children();
    const TYPE = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    const VALUE = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
    const RANGE = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
    const bad = [
      [TYPE, undefined], [TYPE, 1], [VALUE, ''], [VALUE, 'a\0b'],
      [TYPE, 'true', 'x'], [VALUE, 'true', { 0: 'x' }], [TYPE, 'true', {}, {}], [TYPE, 'true', { cwd: 1 }],
      [TYPE, new URLSearchParams('a')], [VALUE, new URL('http://host/')], [VALUE, new URL('file:///a%00')], [VALUE, Buffer.from('a\0')],
      [VALUE, Buffer.alloc(0)], [VALUE, 'true', [Buffer.from('\0')]], [TYPE, 'true', [new Uint16Array(1)]],
      [VALUE, 'true', [], { env: { A: Buffer.from('\0') } }], [VALUE, 'true', [], { cwd: new URL('file://host/') }],
      [TYPE, 'true', [1]], [TYPE, 'true', Array(1)],
      [VALUE, 'true', ['a\0b']],
      [TYPE, 'true', [], null], [TYPE, 'true', [], []],
      [TYPE, 'true', [], { cwd: 1 }], [VALUE, 'true', [], { cwd: 'a\0' }],
      [TYPE, 'true', [], { env: [] }], [TYPE, 'true', [], { env: { A: {} } }], [TYPE, 'true', [], { env: { A: Symbol() } }], [TYPE, 'true', [], { env: { A: () => 1 } }],
      [VALUE, 'true', [], { env: { A: 'a\0' } }], [VALUE, 'true', [], { env: { 'A\0': '' } }],
      [VALUE, 'true', [], { env: { 'A=B': '' } }], [VALUE, 'true', [], { env: { '': '' } }],
      [TYPE, 'true', [], { argv0: 1 }], [VALUE, 'true', [], { argv0: 'a\0' }],
      [TYPE, 'true', [], { path: 1 }], [TYPE, 'true', [], { setsid: 'yes' }],
      [TYPE, 'true', [], { pgid: '1' }], [RANGE, 'true', [], { pgid: -1 }], [RANGE, 'true', [], { pgid: 2 ** 31 }],
      [RANGE, 'true', [], { pgid: NaN }], [VALUE, 'true', [], { pgid: 0, setsid: true }],
      [TYPE, 'true', [], { foreground: 'x' }], [RANGE, 'true', [], { foreground: -1 }],
      [TYPE, 'true', [], { fds: [] }], [TYPE, 'true', [], { fds: { 3: null } }], [VALUE, 'true', [], { fds: { 3: 'pipe' } }],
      [RANGE, 'true', [], { fds: { 3: -1 } }], [RANGE, 'true', [], { fds: { 3: 2 ** 31 } }], [RANGE, 'true', [], { fds: { 3: 1.5 } }],
      [RANGE, 'true', [], { fds: { '-1': 1 } }], [RANGE, 'true', [], { fds: { [2 ** 31]: 1 } }],
      [VALUE, 'true', [], { fds: { x: 1 } }], [VALUE, 'true', [], { fds: { '03': 1 } }], [VALUE, 'true', [], { fds: { 1.5: 1 } }],
    ]; // prettier-ignore
    for (const [expected, ...args] of bad) assert.throws(() => spawn(...args), expected, inspect(args));
    assert.deepEqual(posix.children(), before);
  });
});
