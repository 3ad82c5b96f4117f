// Do atomicWait() and atomicNotify() reach over processes, and do they lose nothing?
import { claimsOf } from '../helpers/claims.mjs';

const holds = claimsOf('shared/wait.mjs');

describe('atomicWait() and atomicNotify()', () => {
  it('reach from each process to each, in 32 and in 64 bits', () => holds('acrossProcesses'));
  it('answer at once, or when the time is up', () => holds('answersAtOnce'));
  it('wake the waiters of the element, and as many as asked', () => holds('wakesAsManyAsAsked'));
  it('lose no notification', () => holds('losesNothing'));
  it('go on after signals, with the time that is left', () => holds('isNotEndedBySignals'));
  it('wait in Workers, which can be terminated, and hold no fork up', () => holds('inWorkers'));
  it('refuse what they cannot wait for', () => holds('refusesWhatItCannotWaitFor'));
});
