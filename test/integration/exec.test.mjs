// Does execve() make this process another program, or leave it as it was?
import assert from 'node:assert/strict';
import posix from 'posix-fork';
import { runFixture } from '../support/run.mjs';

function assertFresh({ code, stdout, stderr }) {
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const [was, now, blocked, ignored, caught, threads, ...fds] = [
    ...stdout.trim().split('\n').slice(0, 2),
    ...['SigBlk', 'SigIgn', 'SigCgt', 'Threads'].map((name) => stdout.match(new RegExp(`${name}:\\s+(.*)`))[1]),
    ...stdout.trim().split('\n').slice(6),
  ];
  assert.equal(now, `${was.split(' ')[1]} a`, 'the same process, with the new environment');
  assert.deepEqual([blocked, ignored, caught, threads], ['0'.repeat(16), '0'.repeat(16), '0'.repeat(16), '1']);
  assert.deepEqual(fds, ['0', '1', '2']);
}

describe('execve()', () => {
  it('replaces the process while Workers and pools live, with fresh signals and descriptors 0 to 2', async () =>
    assertFresh(await runFixture('execs.mjs', ['with Workers and pools'])));

  it('does so from a Worker', async () => assertFresh(await runFixture('execs.mjs', ['in a Worker'])));

  it('leaves everything as it was when it fails', async () => {
    const { code, stderr } = await runFixture('execs.mjs', ['failing']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });

  it('checks its arguments before anything happens', () => {
    const bad = [
      ['ERR_INVALID_ARG_TYPE', 1], ['ERR_INVALID_ARG_VALUE', ''], ['ERR_INVALID_ARG_VALUE', '/bin/true\0'],
      ['ERR_INVALID_ARG_TYPE', '/bin/true', 'x'], ['ERR_INVALID_ARG_TYPE', '/bin/true', [1]],
      ['ERR_INVALID_ARG_VALUE', '/bin/true', ['\0']], ['ERR_INVALID_ARG_TYPE', '/bin/true', [], null],
      ['ERR_INVALID_ARG_VALUE', '/bin/true', [], { 'A=': '' }], ['ERR_INVALID_ARG_VALUE', '/bin/true', [], { A: '\0' }],
    ]; // prettier-ignore
    for (const [code, ...args] of bad) assert.throws(() => posix.execve(...args), { code }, JSON.stringify(args));
  });
});
