// Does a child end by every path where Node's own end would wait for a thread of its parent's: a profiler's, a debugger's?
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { report, runFixture } from '../helpers/run.mjs';

const TIMES = process.env.POSIX_FORK_FULL ? 25 : 5;
const all = { exit: { 7: TIMES }, _exit: { 7: TIMES }, throw: { 7: TIMES }, natural: { 7: TIMES } };

describe('a child ends by every path', () => {
  let directory;
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'posix-fork-'));
  });
  afterEach(() => {
    fs.rmSync(directory, { recursive: true });
  });

  const children = async (execArgv, beside = 'nothing') => {
    const result = await runFixture('child/ends.mjs', [TIMES, beside], { execArgv });
    assert.deepEqual(report(result), all, result.stderr.slice(-2000));
  };

  // All but _exit() write one, and the parent does.
  const WRITTEN = 3 * TIMES + 1;

  it('under --cpu-prof, and writes its profile', async () => {
    await children(['--cpu-prof', '--cpu-prof-dir', directory]);
    assert.equal(fs.readdirSync(directory).filter((name) => name.endsWith('.cpuprofile')).length, WRITTEN);
  });

  it('under --heap-prof, and writes its profile', async () => {
    await children(['--heap-prof', '--heap-prof-dir', directory]);
    assert.equal(fs.readdirSync(directory).filter((name) => name.endsWith('.heapprofile')).length, WRITTEN);
  });

  it('with a debugger attached to its parent, which also profiles it', async () => {
    await children([], 'debugger');
  });
});
