// What do the parent's streams of files do in a child that was forked in one of their callbacks?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

describe('a stream of a file', () => {
  for (const situation of ['data', 'readable', 'a FileHandle’s stream', 'a pipeline', 'a pipe']) {
    it(`goes on in the parent alone: ${situation}`, async () => {
      assert.deepEqual(report(await runFixture('child/file-streams.mjs', [situation])), { ended: 7, whole: true });
    });
  }

  for (const situation of ['one that nobody has read', 'a log', 'the child’s own']) {
    it(`can be used in the child: ${situation}`, async () => {
      assert.deepEqual(report(await runFixture('child/file-streams.mjs', [situation])), { ended: 7, whole: true });
    });
  }
});
