// Do V8's worker threads, and those of libuv's pool, come to a child in time, and no sooner?
import assert from 'node:assert/strict';
import { buildAddon } from '../helpers/addon.mjs';
import { report, runFixture } from '../helpers/run.mjs';

describe('a child has V8’s worker threads when V8 has work for them', () => {
  for (const situation of [
    'no work',
    'no loop’s pipe that is the parent’s',
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

describe('a child has the threads of libuv’s pool when there is work for them', () => {
  for (const situation of ['no work for libuv', 'a file', 'a grandchild’s file', 'a file in a Worker', 'hashes']) {
    it(situation, async () => {
      assert.equal(report(await runFixture('fork/late-workers.mjs', [situation])), 7);
    });
  }

  // The end of libuv would wait for the threads of the parent's pool.
  for (const situation of ['exit(3)', 'exit(3) after work', 'exit(3) of a grandchild']) {
    it(situation, async () => {
      assert.equal(report(await runFixture('fork/late-workers.mjs', [situation, buildAddon('calls_exit')])), 7);
    });
  }
});
