// Does a child end by every path where Node's own end would wait for a thread of its parent's: a profiler's, a debugger's?
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { report, runFixture } from '../helpers/run.mjs';

// A hundred each: POSIX_FORK_STRESS=100
const TIMES = Number(process.env.POSIX_FORK_STRESS ?? (process.env.POSIX_FORK_FULL ? 15 : 3));
const PATHS = { exit: 7, _exit: 7, throw: 7, natural: 7, forkRun: 7, signal: 'SIGTERM' };
const all = Object.fromEntries(Object.entries(PATHS).map(([path, status]) => [path, { [status]: TIMES }]));

describe('a child ends by every path', () => {
  let directory;
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'posix-fork-'));
  });
  afterEach(() => {
    fs.rmSync(directory, { recursive: true });
  });

  const children = async (execArgv, beside = 'nothing') => {
    const result = await runFixture('child/ends.mjs', [TIMES, beside], { execArgv, deadline: 30_000 + 6000 * TIMES });
    assert.deepEqual(report(result), all, result.stderr.slice(-2000));
  };

  // All but _exit() write one, and the parent does.
  const WRITTEN = 5 * TIMES + 1;

  it('under --cpu-prof, and writes its profile', async () => {
    await children(['--cpu-prof', '--cpu-prof-dir', directory]);
    assert.equal(fs.readdirSync(directory).filter((name) => name.endsWith('.cpuprofile')).length, WRITTEN);
  });

  it('under --heap-prof, and writes its profile', async () => {
    await children(['--heap-prof', '--heap-prof-dir', directory]);
    assert.equal(fs.readdirSync(directory).filter((name) => name.endsWith('.heapprofile')).length, WRITTEN);
  });

  it('under --trace-event-categories', async () => {
    await children([
      '--trace-event-categories=v8,node',
      `--trace-event-file-pattern=${directory}/trace.\${pid}.\${rotation}`,
    ]);
  });

  it('beside tracing that the program has begun', async () => {
    await children([`--trace-event-file-pattern=${directory}/trace.\${pid}.\${rotation}`], 'trace_events');
  });

  it('in code of node:vm that has a time-out', async () => {
    await children([], 'vm');
  });

  it('with a debugger attached to its parent, which also profiles it', async () => {
    await children([], 'debugger');
  });
});
