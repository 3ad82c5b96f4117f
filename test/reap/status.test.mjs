// Does every status word mean exactly one thing?
import assert from 'node:assert/strict';
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
});
