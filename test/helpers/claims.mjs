// Does a claim hold? A fixture that is given its name says nothing on stderr then, and ends with 0.
import assert from 'node:assert/strict';
import { runFixture } from './run.mjs';

/** Resolves with what the fixture printed. */
export const claimsOf = (fixture) => async (claim, options) => {
  const { code, stdout, stderr } = await runFixture(fixture, [claim], options);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout;
};

/** The function of a test, whose fixture prints nothing either. */
export const silentClaimsOf = (fixture) => (claim) => async () => assert.equal(await claimsOf(fixture)(claim), '');
