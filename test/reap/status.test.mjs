// Does every status word mean exactly one thing?
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import posix from 'posix-fork';

// <sys/wait.h> of glibc, as it is written there.
const signed = (byte) => (byte << 24) >> 24;
const C = {
  WIFEXITED: (raw) => (raw & 0x7f) === 0,
  WIFSIGNALED: (raw) => signed((raw & 0x7f) + 1) >> 1 > 0,
  WIFSTOPPED: (raw) => (raw & 0xff) === 0x7f,
  WIFCONTINUED: (raw) => raw === 0xffff,
};
const STATES = { WIFEXITED: 'exited', WIFSIGNALED: 'signaled', WIFSTOPPED: 'stopped', WIFCONTINUED: 'continued' };

describe('a status word', () => {
  for (const [name, macro] of Object.entries(C)) {
    it(`${name} agrees with the macro of C for each of 65,536, and with decodeStatus()`, () => {
      for (let raw = 0; raw <= 0xffff; raw++) {
        assert.equal(posix[name](raw), macro(raw), `0x${raw.toString(16)}`);
        if (macro(raw)) assert.equal(posix.decodeStatus(raw).state, STATES[name], `0x${raw.toString(16)}`);
      }
    });
  }

  it('has one part of it told by WEXITSTATUS, WTERMSIG, WSTOPSIG and WCOREDUMP each, as the macros of C do (of a core dump where it was signaled)', () => {
    for (let raw = 0; raw <= 0xffff; raw++) {
      const told = [posix.WEXITSTATUS(raw), posix.WTERMSIG(raw), posix.WSTOPSIG(raw), posix.WCOREDUMP(raw)];
      assert.deepEqual(
        told,
        [raw >> 8, raw & 0x7f, raw >> 8, (raw & 0x80) !== 0 && posix.WIFSIGNALED(raw)],
        `0x${raw.toString(16)}`,
      );
    }
  });

  it('counts real-time signals from where the C library does: musl from 35', async () => {
    const { native } = (await import('../../dist/sys/native.js')).default;
    const { signalNumber } = (await import('../../dist/reap/status.js')).default;
    const { sigrtmin } = native;
    const python = spawnSync('python3', ['-c', 'import signal; print(int(signal.SIGRTMIN))'], { encoding: 'utf8' });
    assert.equal(String(sigrtmin()), python.stdout.trim());
    try {
      native.sigrtmin = () => 35;
      assert.deepEqual(posix.decodeStatus(35), {
        state: 'signaled',
        signal: 'SIGRTMIN+0',
        signo: 35,
        coreDumped: false,
      });
      assert.deepEqual(['SIGRTMIN+0', 'SIGRTMIN+29', 'SIGRTMIN+30'].map(signalNumber), [35, 64, undefined]);
    } finally {
      native.sigrtmin = sigrtmin;
    }
    assert.equal(signalNumber('SIGRTMIN+30'), 64);
  });
});
