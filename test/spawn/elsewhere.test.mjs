// Do the claims hold that CPython, Node.js, Ruby and LTP make of their own?
import assert from 'node:assert/strict';
import { claimsOf } from '../helpers/claims.mjs';

const held = claimsOf('spawn/elsewhere.mjs');

describe('spawn() and spawnChild() hold, or refuse by a typed error, what is claimed by', () => {
  for (const [whose, claims] of Object.entries({
    cpython: 28,
    cpythonMore: 10,
    rubyAndLtpMore: 8,
    withoutCounterpart: 5,
    node: 13,
    ruby: 13,
    ltp: 14,
  }))
    it(`${whose}: ${claims} claims`, async () => assert.equal(Number(await held(whose)), claims));
});
