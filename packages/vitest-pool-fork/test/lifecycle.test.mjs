// What happens when a process of the pool ends at the wrong time, when it may not be used, and from one run to the next?
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { descendants, isAlive } from '../../../test/helpers/processes.mjs';
import { until } from '../../../test/helpers/until.mjs';
import { makeProject, runVitest, startVitest } from './project.mjs';

describe('vitest-pool-fork, when', function () {
  this.timeout(60_000);
  let folder;
  before(() => void (folder = makeProject('lifecycle')));

  it('the process of a file crashes: the file has failed, and says by which signal', async () => {
    const { code, results } = await runVitest(folder, 'fork', ['dies', 'well']);
    assert.equal(code, 1);
    assert.deepEqual(fates(results), {
      'dies-early': ['failed', 'tests/dies-early.test.ts: the process that ran it was ended by SIGSEGV'],
      dies: ['failed', 'tests/dies.test.ts: the process that ran it was ended by SIGSEGV'],
      well: ['passed', ''],
    });
  });

  it('the template dies: its files have failed, the others get a new one', async () => {
    const { results } = await runVitest(folder, 'fork', ['kills-template', 'well']);
    assert.deepEqual(fates(results), {
      'kills-template': [
        'failed',
        'tests/kills-template.test.ts: the process that ran it ended with its template, which was ended by SIGKILL',
      ],
      well: ['passed', ''],
    });
  });

  it('Vitest only lists the tests: it ends, and all is well', async () => {
    const run = startVitest(folder, 'fork', ['list', 'well']);
    assert.equal(await run.ended, 0);
    assert.equal(run.output, 'tests/well.test.ts > knows the word\ntests/well.test.ts > is alone\n');
  });

  it('a profiler wants whole processes: they are fresh, and the summary says how many', async () => {
    const { code, output } = await runVitest(folder, 'fork', [
      'well',
      '--execArgv=--cpu-prof',
      `--execArgv=--cpu-prof-dir=${folder}/prof`,
    ]);
    assert.equal(code, 0);
    assert.match(output, /^vitest-pool-fork: 1 of the test files ran in a fresh process: --cpu-prof$/m);
  });

  it('Vitest is older than its pools: it says so, since Vitest would take another one without a word', async () => {
    const stand = mkdtempSync(path.join(tmpdir(), 'vitest-pool-fork-'));
    try {
      cpSync(path.join(import.meta.dirname, '..'), path.join(stand, 'node_modules/vitest-pool-fork'), {
        recursive: true,
      });
      mkdirSync(path.join(stand, 'node_modules/vitest'));
      writeFileSync(path.join(stand, 'node_modules/vitest/package.json'), '{ "version": "3.2.7" }');
      symlinkSync(path.join(import.meta.dirname, '../../..'), path.join(stand, 'node_modules/posix-fork'));
      const { forkPool } = await import(pathToFileURL(path.join(stand, 'node_modules/vitest-pool-fork/index.js')));
      assert.throws(() => forkPool(), { message: /^vitest-pool-fork needs Vitest 4\. This is 3\.2\.7/ });
    } finally {
      rmSync(stand, { recursive: true });
    }
  });

  it('Vitest is killed: no process is left', async () => {
    const run = startVitest(folder, 'fork', ['run', 'loops']);
    await until(() => run.output.includes('in the loop'));
    const family = descendants(run.child.pid);
    assert.equal(family.length, 2);
    run.child.kill('SIGKILL');
    await until(() => family.every((pid) => !isAlive(pid)));
  });

  it('a file changes in watch mode: it runs again, from the same template', async () => {
    const run = startVitest(folder, 'fork', ['--watch', 'well']);
    await until(() => /Waiting for file changes/.test(run.output));
    const file = path.join(folder, 'word.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace('one', 'two'));
    await until(() => /Tests failed\. Watching/.test(run.output));
    run.child.kill('SIGTERM');
    await run.ended;
    assert.match(run.output, /Expected: ""one""\nReceived: ""two""/);
    const templates = [...run.output.matchAll(/forked from (\d+)/g)].map(([, pid]) => pid);
    assert.equal(templates.length, 2);
    assert.equal(templates[0], templates[1]);
    await until(() => !isAlive(templates[0]));
  });
});

function fates({ testResults }) {
  return Object.fromEntries(
    testResults.map(({ name, status, message }) => [path.basename(name, '.test.ts'), [status, message]]),
  );
}
