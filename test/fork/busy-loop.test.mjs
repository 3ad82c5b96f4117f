// Is a child of a busy parent as good as one of an idle one? Nothing of what the loop has in hand goes on in it.
import assert from 'node:assert/strict';
import { buildAddon } from '../helpers/addon.mjs';
import { report, runFixture } from '../helpers/run.mjs';

const EXPECTED = {
  'finished operations': { ended: 0, said: [] },
  'the batch of the first callback': { ended: 0, said: [], calls: 4 },
  'an operation in flight': { ended: 0, said: [] },
  'pending signals': { ended: 7, said: [], heard: ['SIGHUP', 'SIGTERM'] },
  "a Unix socket's file": { outcomes: [0, true, 0, true, 0, true] },
  "the parent's job": { killed: false, alive: true, signal: 'SIGKILL' },
  'what was being closed': { ended: 0, said: [] },
  'messages on their way': { ended: 0, said: [], count: 3 },
  'an idle connection': { answers: ['answered', 'answered'] },
  'an unref’d immediate': { ended: 0, said: [] },
  'a PerformanceObserver': { seen: 'seen' },
  'an Atomics.wait that begins': { results: ['done', 'done', 'done', 'done', 'done'] },
};

const GOES_ON = {
  'a compilation of WebAssembly': { ended: 7, soon: true },
  'the first fetch()': { ended: 7, answer: 'good' },
};

describe('a child that is forked in the middle of the work', () => {
  for (const [situation, expected] of Object.entries(EXPECTED)) {
    it(`has nothing to do with ${situation}`, async () => {
      assert.deepEqual(report(await runFixture('fork/busy-loop.mjs', [situation])), expected);
    });
  }

  for (const [situation, expected] of Object.entries(GOES_ON)) {
    it(`goes on with what is V8's and Node's own: ${situation}`, async () => {
      assert.deepEqual(report(await runFixture('fork/busy-loop.mjs', [situation])), expected);
    });
  }

  for (const inherit of ['stack', 'all']) {
    it(`has nothing to do with processes that ended in one turn (${inherit})`, async () => {
      const outcome = report(await runFixture('fork/busy-loop.mjs', ['processes that ended in one turn', inherit]));
      assert.deepEqual(outcome, { ended: 0, said: [], exits: 3 });
    });
  }

  const BATCH = ['connection', 'datagram', 'end', 'pipe', 'process', 'signal', 'tcp', 'watch'];
  const KEPT = ['kept', 'kept datagram'];
  const batches = {
    'nothing of the rest of its batch of events': ['nothing', [0], [...BATCH, ...KEPT].sort().concat(1)],
    'of the rest of its batch what was kept': ['keep', [...KEPT, 0], [...BATCH, 1]],
  };
  for (const [what, [situation, child, parent]] of Object.entries(batches)) {
    it(`hears ${what}`, async () => {
      const { code, stdout } = await runFixture('fork/poll-batch.mjs', [situation, buildAddon('poll')]);
      assert.deepEqual(
        {
          code,
          heard: stdout
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)),
        },
        { code: 0, heard: [child, parent] },
      );
    });
  }

  it('does not even call the addon that has other descriptors in its batch of events', async () => {
    const { stdout } = await runFixture('fork/poll-batch.mjs', ['addon', buildAddon('batch')]);
    const [child, parent] = stdout.trim().split('\n').map(Number);
    assert.equal(child, 1);
    assert.ok(parent >= 8, `${parent} calls in the parent`);
  });

  for (const streams of ['idle', 'busy']) {
    it(`is told at once that a session of HTTP/2 is none of its own (${streams})`, async () => {
      const { answers, parents } = report(await runFixture('fork/busy-loop.mjs', ['a session of HTTP/2', streams]));
      assert.deepEqual(answers, ['ERR_HTTP2_INVALID_SESSION', 'answered']);
      assert.deepEqual(parents, [streams === 'busy' && 'answered later', 'answered']);
    });
  }

  for (const inherit of ['stack', 'keep', 'all']) {
    it(`lives on after a large write of its parent's (${inherit})`, async () => {
      const { ended, size } = report(await runFixture('fork/busy-loop.mjs', ['a large write', inherit]));
      assert.deepEqual({ ended, size }, { ended: 7, size: 8 << 20 });
    });
  }
});
