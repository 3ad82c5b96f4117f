// Does execve() make this process another program, or leave it as it was?
import assert from 'node:assert/strict';
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
    for (const [code, ...args] of bad) assert.throws(() => posix.execve(...args), { code }, JSON.stringify(args));
  });
});
