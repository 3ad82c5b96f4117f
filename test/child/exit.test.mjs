// Does the child exit by every path, with the right status?
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { report, runFixture } from '../helpers/run.mjs';

const [major] = process.versions.node.split('.').map(Number);

const exited = (code) => ({ state: 'exited', code });
const PATHS = {
  dry: exited(0),
  'process.exit': exited(7),
  'process.exitCode': exited(8),
  'uncaught exception': exited(1),
  'unhandled rejection': exited(1),
  _exit: exited(9),
  signal: { state: 'signaled', signal: 'SIGTERM' },
  'after work': exited(6),
};
const MESSAGES = {
  'uncaught exception': /Error: thrown in the child\n +at .*exit\.cjs/,
  'unhandled rejection': /Error: rejected in the child\n +at .*exit\.cjs/,
};

// Node stops profilers when a process signals itself: in a child that would wait for a thread of the parent's.
for (const profiler of ['--cpu-prof', '--heap-prof'])
  it(`a child ends itself by process.kill() (${profiler}), and both write a profile`, async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'posix-fork-profile-'));
    try {
      const execArgv = [profiler, `${profiler}-dir=${directory}`];
      const result = await runFixture('child/exit.cjs', ['signal', 'no pool'], { execArgv, deadline: 20_000 });
      assert.deepEqual(report(result), PATHS.signal);
      assert.equal(readdirSync(directory).length, 2);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

for (const pool of ['no pool', 'pool']) {
  describe(`a child exits (its parent had used ${pool})`, () => {
    for (const [path, status] of Object.entries(PATHS)) {
      it(`by ${path}`, async () => {
        const result = await runFixture('child/exit.cjs', [path, pool]);
        assert.deepEqual(report(result), status);
        assert.match(result.stderr, MESSAGES[path] ?? /^$/);
      });
    }
  });
}

describe('a child that ends by itself', () => {
  for (const way of ['dry', 'process.exit', 'uncaught exception', 'signal', 'forkRun', 'forkRun, process.exit'])
    it(`writes its coverage (NODE_V8_COVERAGE), once: ${way}`, async () => {
      const directory = mkdtempSync(path.join(tmpdir(), 'posix-fork-coverage-'));
      try {
        await runFixture('child/exit.cjs', [way, 'no pool'], { env: { NODE_V8_COVERAGE: directory } });
        const pids = readdirSync(directory).map((file) => file.split('-')[1]);
        assert.equal(new Set(pids).size, 2, 'the parent’s, and the child’s');
        assert.equal(pids.length, 2, 'one file of each');
      } finally {
        rmSync(directory, { recursive: true });
      }
    });

  it('says that it has awaited for nothing at its top level, as Node does', async () => {
    const { stdout, stderr } = await runFixture('child/unsettled.mjs');
    assert.equal(stdout, '13\n');
    if (major >= 22) assert.match(stderr, /^Warning: Detected unsettled top-level await/);
  });
});
