// Does execve() make this process another program, or leave it as it was?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import posix from 'posix-fork';
import { runFixture } from '../helpers/run.mjs';

async function assertFresh(claim) {
  const status = await runFixture('spawn/execs.mjs', [claim, 'status']);
  assert.deepEqual([status.code, status.stderr], [0, '']);
  const [was, ...lines] = status.stdout.split('\n');
  assert.equal(lines.at(-1), 'A=a\0');
  const field = (name) => lines.find((line) => line.startsWith(`${name}:`)).split('\t')[1];
  assert.equal(`was ${field('Pid')}`, was, 'the same process');
  assert.deepEqual(['Name', 'Threads', 'SigCgt'].map(field), ['cat', '1', '0'.repeat(16)]);
  assert.deepEqual(['SigBlk', 'SigIgn'].map(field), ['0'.repeat(16), '0'.repeat(16)]);

  const fd = await runFixture('spawn/execs.mjs', [claim, 'fd']);
  assert.deepEqual([fd.code, fd.stderr], [0, '']);
  assert.deepEqual(fd.stdout.trim().split('\n').slice(1), ['0', '1', '2', '3']); // 3: ls's own
}

describe('execve()', () => {
  it('replaces the process while Workers and pools live, with fresh signals and descriptors 0 to 2', () =>
    assertFresh('with Workers and pools'));

  it('does so from a Worker', () => assertFresh('in a Worker'));

  const printed = async (claim, { more = [], ...options } = {}) => {
    const { code, stdout, stderr } = await runFixture('spawn/execs.mjs', [claim, ...more], options);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, stdout);
    return stdout.trim().split('\n');
  };
  const inScratch = async (claim) => {
    const directory = mkdtempSync(path.join(tmpdir(), 'posix-fork-exec-'));
    try {
      return (await printed(claim, { more: [directory] })).slice(1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };

  it('hands a server its socket: it becomes its own next version, and refuses nobody', async () => {
    const lines = await printed('a server with its socket');
    assert.equal(lines[0], lines[1]); // of the one before, and of the one after
    assert.deepEqual(lines.slice(2), [`got ${lines[0].replace('was', 'pid')}`]);
  });

  it('gives the program its descriptors and its directory, and closes all others', async () => {
    const [, ...lines] = await printed('descriptors and a directory');
    const [zero, none, one, two] = ['/dev/zero', '/dev/null', '/etc/passwd', '/etc/group'];
    assert.match(lines[2], /^(pipe|socket):/);
    assert.deepEqual([...lines.slice(0, 2), ...lines.slice(3, 7)], ['/', zero, one, two, none, one]);
    assert.deepEqual(lines.slice(7).sort((a, b) => a - b), ['0', '1', '2', '3', '4', '9', '40']); // prettier-ignore
  });

  it('exchanges descriptors', async () => {
    assert.deepEqual((await printed('what exchanged its places')).slice(1), ['/etc/group', '/etc/passwd']);
  });

  for (const how of ['as they are', 'fds']) {
    it(`leaves the signal of the parent's end, and 32 and 33 at their defaults: descriptors ${how}`, async () => {
      // The one who starts it ignores them, as posix_spawn(3) of old C libraries does.
      const ignores = `import ctypes, os, sys
action = (ctypes.c_ulong * 8)(1)
for signo in 32, 33:
    assert ctypes.CDLL(None).syscall(13, signo, action, None, 8) == 0
assert int(next(line for line in open('/proc/self/status') if line.startswith('SigIgn')).split()[1], 16) >> 31 & 3 == 3
os.execvp(sys.argv[1], sys.argv[1:])`;
      const claim = 'the signal of its parent, and 32 and 33';
      const [, line] = await printed(claim, { more: [how], wrapper: ['python3', '-c', ignores] });
      assert.equal(line, "10 ['0000000000000000', '0000000001001000']");
    });
  }

  it('looks a name up in the PATH of the environment that it passes', async () => {
    const [line] = await inScratch('PATH');
    assert.match(line, /^found \/.*\/tool$/);
  });

  it('executes what a descriptor is open for, whatever its name', async () => {
    assert.deepEqual(await inScratch('a file without a name'), ['executed']);
    const [line] = await inScratch('a script by its descriptor');
    assert.match(line, /^\/dev\/fd\/\d+ argument$/);
  });

  it('shows no other thread a descriptor that is not what it was', async () => {
    await printed('failing, beside busy threads');
  });

  it('keeps no copy of a descriptor once it has failed', async () => {
    await printed('failing, before a pipe ends');
  });

  it('leaves everything as it was when it fails', async () => {
    const { code, stderr } = await runFixture('spawn/execs.mjs', ['failing']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });

  it('checks its arguments before anything happens', () => {
    const bad = [
      ['ERR_INVALID_ARG_TYPE', 1], ['ERR_INVALID_ARG_VALUE', ''], ['ERR_INVALID_ARG_VALUE', '/bin/true\0'],
      ['ERR_INVALID_ARG_TYPE', '/bin/true', 'x'], ['ERR_INVALID_ARG_TYPE', '/bin/true', [1]],
      ['ERR_INVALID_ARG_VALUE', '/bin/true', ['\0']], ['ERR_INVALID_ARG_TYPE', '/bin/true', [], null],
      ['ERR_INVALID_ARG_VALUE', '/bin/true', [], { 'A=': '' }], ['ERR_INVALID_ARG_VALUE', '/bin/true', [], { A: '\0' }],
    ]; // prettier-ignore
    const options = [
      ['ERR_INVALID_ARG_TYPE', null], ['ERR_INVALID_ARG_VALUE', { stdio: 1 }], ['ERR_INVALID_ARG_TYPE', { cwd: 1 }],
      ['ERR_INVALID_ARG_TYPE', { fds: [] }], ['ERR_INVALID_ARG_VALUE', { fds: { 1: 'pipe' } }],
      ['ERR_OUT_OF_RANGE', { fds: { 3: -1 } }],
    ]; // prettier-ignore
    for (const [code, each] of options) {
      for (const call of [posix.execve, posix.execvp])
        assert.throws(() => call('/bin/true', [], {}, each), { code }, JSON.stringify(each));
      assert.throws(() => posix.fexecve(0, [], {}, each), { code }, JSON.stringify(each));
    }
    assert.throws(() => posix.execvp(''), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => posix.fexecve('0', []), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => posix.fexecve(0), { code: 'ERR_INVALID_ARG_TYPE' });
    for (const [code, ...args] of bad) assert.throws(() => posix.execve(...args), { code }, JSON.stringify(args));
  });
});
