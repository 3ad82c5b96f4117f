// Is a SharedLock one for all processes, and does it survive its owner?
import { claimsOf } from '../helpers/claims.mjs';

const holds = claimsOf('shared/lock.mjs');

describe('SharedLock', () => {
  it('is had by one thread at a time, of processes and of Workers', () => holds('excludes'));
  it("is 'abandoned' when its owner was killed, has ended, executed something else, or was a Worker", () =>
    holds('isAbandonedWithItsOwner'));
  it('tells one of those who wait', () => holds('tellsOneOfThoseWhoWait'));
  it('survives the death of its owner at any moment', () => holds('survivesAnyDeath'));
  it("stays the parent's over a fork", () => holds('staysTheParents'));
  it('is told from others, and lies in none of the bytes', () => holds('isToldFromOthers'));
  it('times out', () => holds('timesOut'));
  it('is not collected while it is held', () => holds('isNotCollectedWhileItIsHeld'));
  it('refuses what is no place for it', () => holds('refusesWhatIsNoPlace'));
});
