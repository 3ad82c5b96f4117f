// Is each test of others that was read either a claim that holds, or said not to apply?
import assert from 'node:assert/strict';
import { claimsOf } from '../helpers/claims.mjs';
import { SOURCES } from './sources.mjs';

const fixtures = ['spawn/by-the-source.mjs', 'spawn/elsewhere.mjs', 'spawn/node-and-ltp.mjs'].map(claimsOf);

describe('what the sources of the test suites of others claim holds, or is said not to apply', () => {
  for (const [whose, claims] of Object.entries({ subprocess: 26, posix: 14, ruby: 15, ltp: 11 }))
    it(`${whose}: ${claims} claims`, async () => assert.equal(Number(await fixtures[0](whose)), claims));

  for (const [whose, claims] of Object.entries({ node: 21, ltp: 21 }))
    it(`${whose}, by their texts: ${claims} claims`, async () =>
      assert.equal(Number(await fixtures[2](whose)), claims));

  it('names no test twice, and no claim that there is not', async () => {
    const claims = (await Promise.all(fixtures.map(async (of) => JSON.parse(await of('names'))))).flat();
    for (const [source, { by, not }] of Object.entries(SOURCES)) {
      for (const claim of Object.keys(by)) assert.ok(claims.includes(claim), `${source}: ${claim}`);
      const tests = [by, not].flatMap((lists) => Object.values(lists)).flat();
      assert.deepEqual(tests, [...new Set(tests)], source);
    }
  });
});
