// What has a program that puts options' names on Object.prototype changed?
import assert from 'node:assert/strict';
import { claimsOf } from '../helpers/claims.mjs';

const came = claimsOf('sys/pollution.mjs');
const RESULTS = {
  pipes: ['hello', 'x', 0],
  signal: ['SIGTERM', 'SIGTERM'],
  pty: [true, 0],
  spawn: true,
  fork: 3,
  forkRun: [41, 42],
  forkMap: [2, 4, 6],
  forkPool: [2, 'as it should'],
  others: 0,
  symbols: ['theirs', 'nodejs.ours'], // the latter was put back
};

describe('a polluted Object.prototype changes nothing of', () => {
  for (const [feature, result] of Object.entries(RESULTS))
    it(feature, async () => assert.deepEqual(JSON.parse(await came(feature)), result));
});
