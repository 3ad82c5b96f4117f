// Is what only a child runs compiled in the parent, once?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

const execArgv = ['--log-function-events', '--logfile=-', '--no-logfile-per-isolate', '--stress-flush-code'];

/** How many of the package's functions were compiled from the call of fork() to the child's next statement. */
async function compiled(situation, more = []) {
  const { code, stdout, stderr } = await runFixture('child/rehearsal.mjs', [situation], {
    execArgv: [...execArgv, ...more],
  });
  assert.equal(code, 0, stderr);
  const own = new Set();
  const counts = {};
  let fork;
  for (const line of stdout.split('\n')) {
    const [event, what, script, ...rest] = line.split(',');
    if (event === 'script-details' && script.includes('/dist/')) own.add(what);
    if (/^\w+:$/.test(line)) counts[(fork = line.slice(0, -1))] = [];
    if (line === '.') fork = undefined;
    if (fork && what === 'interpreter' && own.has(script)) counts[fork].push(rest.at(-1));
  }
  return counts;
}

/** What V8 logs, threads of its own and both processes write into one pipe: a line may come apart. Without the guard all fail. */
async function inThreeTries(check) {
  for (let tries = 3; ; tries--) {
    try {
      await check();
      return;
    } catch (error) {
      if (tries === 1) throw error;
    }
  }
}

describe('what only a child runs', () => {
  it('is compiled in the parent before the first fork, and again when V8 may have thrown it away', async () => {
    await inThreeTries(async () => {
      const { first, second, fourth } = await compiled('alone');
      assert.ok(first.includes('becomeChild'), String(first));
      assert.deepEqual([second, fourth], [[], []]);
    });
  });

  it('ends nobody with --abort-on-uncaught-exception', async () => {
    await inThreeTries(async () => {
      const { second, fourth } = await compiled('alone', ['--abort-on-uncaught-exception']);
      assert.deepEqual([second, fourth], [[], []]);
    });
  });

  it('does not run in a parent that forks as a debugger is told of a break', async () => {
    assert.ok((await compiled('at a break')).second); // the program has gone on, and ended well
  });

  it('is compiled by each child beside a thread that may stop the parent, as a time-out of node:vm does', async () => {
    await inThreeTries(async () => {
      const { second } = await compiled('beside a time-out');
      assert.ok(second.length > 10, String(second));
    });
  });
});
