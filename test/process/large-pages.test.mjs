// Is a heap in large pages the program's own, as before, and cheaper to fork?
import assert from 'node:assert/strict';
import posix from 'posix-fork';
import { report, runCommand, runFixture } from '../helpers/run.mjs';

const FULL = process.env.POSIX_FORK_FULL === '1';

describe('useLargePages()', () => {
  const run = async (what, ...args) =>
    report(
      await runFixture('process/large-pages.mjs', [what, ...args], { execArgv: ['--expose-gc'], deadline: 100_000 }),
    );

  before(function () {
    // What it says there is said by the tests of limits.
    if (posix.support().largePages.reasons.length > 0) this.skip();
  });

  it('has the heap grow in one arena of huge pages that fork(2) does not copy; a second call is no fault', async () => {
    const { before, first, second, arena, support } = await run('use');
    assert.deepEqual(before, { inUse: false, bytes: 0, reasons: [] });
    assert.deepEqual([first.inUse, first.reasons], [true, []]);
    assert.deepEqual([second.inUse, second.reasons], [true, []]);
    assert.ok(second.bytes > 20e6, `${second.bytes}`);
    assert.deepEqual([support.inUse, support.reasons], [true, []]);
    assert.ok(arena.bytes >= 2 ** 32);
    assert.equal(arena.dontFork, arena.bytes);
  });

  for (const [resource, limit] of [
    ['as', 'RLIMIT_AS'],
    ['data', 'RLIMIT_DATA'],
  ]) {
    it(`says why not under ${limit}, and leaves the heap where it is`, async () => {
      const { answer, support, code } = await run('limited', resource);
      assert.deepEqual([answer.inUse, answer.bytes, code], [false, 0, 42]);
      assert.match(answer.reasons.join(), new RegExp(limit));
      assert.deepEqual(support, answer);
    });
  }

  it('gives children all of it, and marks it again in parent and child', async () => {
    const { codes, beside, arena } = await run('children');
    assert.deepEqual(codes, [42, 42, 42]);
    // Of the rest of the heap V8 may have given something back meanwhile.
    assert.ok(beside > 0.5, `${beside}`);
    assert.equal(arena.dontFork, arena.bytes);
  });

  it('holds the heaps of Workers, too', async () => {
    assert.deepEqual(await run('workers'), { answers: [true, true, true, true], code: 42 });
  });

  it('gives back what V8 gives back, and uses free places again', async () => {
    const rounds = FULL ? 100 : 25;
    const { peak, bytes, rss, mappings } = await run('churn', rounds, 1);
    const figures = JSON.stringify({ peak, bytes, rss, mappings });
    // All rounds together are 600 MB, or 4.8 GB. (Node 24 keeps some of what is free, with large pages or without.)
    assert.ok(peak > 40 && peak < 400 && bytes <= peak, figures);
    // What is not V8's any more is not in memory either: the rest of the process has 57 to 80 MB.
    assert.ok(rss < bytes + 115, figures);
    assert.ok(mappings < 1000, figures);
  });

  it('makes fork() faster, and page tables smaller: 200 MB', async function () {
    if (!FULL) this.skip(); // 5 s: in the matrix
    // Best of three: the machine is noisy.
    const seen = [];
    for (let i = 0; i < 3; i++) {
      const without = await run('cost', 200, 0);
      const withThem = await run('cost', 200, 1);
      seen.push([without.fork / withThem.fork, without.tables / withThem.tables]);
      if (seen.at(-1)[0] > 2) break;
    }
    const [faster, smaller] = seen.at(-1);
    assert.ok(faster > 2 && smaller > 3, JSON.stringify(seen));
  });

  for (const option of ['--import', '--require']) {
    it(`is on from the start with ${option} posix-fork/large-pages`, async () => {
      const print = "console.log(JSON.stringify(require('posix-fork').support().largePages))";
      const { stdout, stderr } = await runCommand([process.execPath, option, 'posix-fork/large-pages', '-e', print]);
      assert.deepEqual([JSON.parse(stdout).inUse, stderr], [true, '']);
    });
  }

  it('warns where that is not to be had', async () => {
    const command = [
      'prlimit',
      '--data=100000000000',
      process.execPath,
      '--require',
      'posix-fork/large-pages',
      '-e',
      '',
    ];
    const { code, stderr } = await runCommand(command);
    assert.equal(code, 0);
    assert.match(stderr, /LargePagesWarning: V8's heap is not in large pages: .*RLIMIT_DATA/);
  });
});
