// Do V8's worker threads come to a child in time, and no sooner?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

describe('a child has V8’s worker threads when V8 has work for them', () => {
  for (const situation of [
    'no work',
    'a collection',
    'a collection while a low number is free',
    'a grandchild before',
    'a grandchild after',
    'WebAssembly',
    'two Workers',
  ]) {
    it(situation, async () => {
      assert.equal(report(await runFixture('fork/late-workers.mjs', [situation])), 7);
    });
  }
});
