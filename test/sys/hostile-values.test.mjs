// Do values that answer back when they are looked at (getters, proxies, classes named by symbols) get the same typed errors,
// and is what was checked what is used? Each was found by test/fuzz/arguments.mjs.
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

const TYPE = 'TypeError ERR_INVALID_ARG_TYPE';
const VALUE = 'TypeError ERR_INVALID_ARG_VALUE';
const EXPECTED = {
  'a class named by a symbol': TYPE,
  'a class that throws': TYPE,
  'a function named by a symbol': TYPE,
  'a revoked function': TYPE,
  'a list that throws when inspected': TYPE,
  'a choice that throws when inspected': VALUE,
  'revoked options': TYPE,
  'revoked arguments': TYPE,
  'a revoked keep': TYPE,
  'a keep that cannot be iterated': TYPE,
  'a keep with half a descriptor': VALUE,
  'items that cannot be iterated': TYPE,
  'a revoked signal': TYPE,
  'no signal': TYPE,
  'null for a flag': TYPE,
  'null for descriptors': TYPE,
  'arguments that flip': 3,
  'arguments with an iterator': 4,
  'a PATH that flips': 0,
  'arguments of execve that flip': 'Error ENOENT',
  'a real-time signal': 'SIGRTMIN+1',
  'an error that cannot be looked at': 'what cannot be inspected',
  'a signal that cannot be listened to': '5,5,5',
};

describe('a value that answers back', () => {
  let seen;
  before(async () => (seen = report(await runFixture('sys/hostile-values.mjs'))));

  for (const [what, outcome] of Object.entries(EXPECTED)) {
    it(`is answered: ${what}`, () => assert.equal(seen[what], outcome));
  }
});
