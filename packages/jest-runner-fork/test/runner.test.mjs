// Does the runner give the same results as Jest's own workers, and what happens when a process ends at the wrong time?
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { descendants, isAlive } from '../../../test/helpers/processes.mjs';
import { until } from '../../../test/helpers/until.mjs';
import { makeProject, runJest, startJest } from './project.mjs';

describe('jest-runner-fork', function () {
  this.timeout(120_000);

  describe('beside Jest’s own workers', () => {
    let folder;
    before(() => void (folder = makeProject('suite')));

    it('gives the same results, and prints the same', async () => {
      const [theirs, ours] = [await runAnew(folder, 'workers'), await runAnew(folder, 'fork')];
      assert.deepEqual(withoutTimes(ours.results), withoutTimes(theirs.results));
      assert.equal(ours.code, theirs.code);
      assert.deepEqual(printed(ours.output), printed(theirs.output));
      assert.ok(printed(ours.output).includes('by the reporter: prints by console has passed'));
    });

    it('gives the reporters the same to print', async () => {
      const [theirs, ours] = [await verbose(folder, 'workers'), await verbose(folder, 'fork')];
      assert.deepEqual(ours, theirs);
      assert.ok(ours.length > 10);
    });

    for (const provider of ['v8', 'babel']) {
      it(`gives the same coverage, by ${provider}`, async () => {
        const args = ['--coverage', `--coverageProvider=${provider}`];
        const [theirs, ours] = [await coverage(folder, 'workers', args), await coverage(folder, 'fork', args)];
        assert.equal(Object.keys(theirs).length, 2);
        assert.deepEqual(ours, theirs);
      });
    }
  });

  describe('when', () => {
    let folder;
    before(() => void (folder = makeProject('lifecycle')));

    it('the process of a file ends: the file has failed, and says how', async () => {
      const { code, results } = await runJest(folder, {}, ['dies', 'exits', 'well', 'too']);
      assert.equal(code, 1);
      assert.deepEqual(failures(results), [
        'tests/dies.test.js: the process that ran it was ended by SIGSEGV',
        'tests/exits.test.js: the process that ran it exited with code 3',
      ]);
      assert.equal(results.numPassedTests, 2);
    });

    it('the template itself ends, as a file runs in it: that file has failed, the others get a new one', async () => {
      const { results } = await runJest(folder, { WARM_FILES: '3' }, ['dies', 'well', 'too']);
      assert.deepEqual(failures(results), ['tests/dies.test.js: the process that ran it was ended by SIGSEGV']);
      assert.equal(results.numPassedTests, 2);
    });

    it('the template ends, as a file runs beside in a child: that one runs again', async () => {
      const { results } = await runJest(folder, { WARM_FILES: '2' }, ['first', 'then-ends', 'then-runs']);
      assert.deepEqual(failures(results), ['tests/then-ends.test.js: the process that ran it was ended by SIGKILL']);
      assert.equal(results.numPassedTests, 2);
    });

    it('a file has left a thread in the template: another template is forked, in which no file runs', async () => {
      const { code, output } = await runJest(folder, { WARM_FILES: '1' }, ['leaves-a-thread', 'well', 'too']);
      assert.equal(code, 0);
      assert.doesNotMatch(output, /fresh process/);
    });

    it('a file took long the last time: it does not run in the template, which nobody forks meanwhile', async () => {
      const files = ['lasts', 'well', 'too'];
      await startJest(folder, {}, files).ended;
      const run = startJest(folder, { WARM_FILES: 'by itself' }, files);
      assert.equal(await run.ended, 0);
      assert.doesNotMatch(run.output, new RegExp(`^forked by ${run.child.pid}$`, 'm'));
      assert.match(run.output, /^forked by \d+$/m);
    });

    it('no template can be forked: files run in fresh processes, and a line says how many and why', async () => {
      const { code, output } = await runJest(folder, { NODE_OPTIONS: '--require ./thread.js' }, ['well', 'too']);
      assert.equal(code, 0);
      assert.match(output, /^jest-runner-fork: 2 of the test files ran in fresh processes: fork\(\) beside a thread/m);
    });

    it('leaks are looked for: there are none', async () => {
      const { code } = await runJest(folder, { WARM_FILES: '1' }, ['well', 'too', '--detectLeaks']);
      assert.equal(code, 0);
    });

    it('a file runs in a child: V8 keeps what is compiled, collects its heap in one piece and optimizes late', async () => {
      const { code, output } = await runJest(folder, {}, ['flags', 'well']);
      assert.equal(code, 0, output);
    });

    it('a test fails over what JSON cannot have: the report shows it', async () => {
      const run = startJest(folder, {}, ['odd-values', 'well']); // --json would fail, with Jest's own workers, too
      assert.equal(await run.ended, 1);
      assert.match(run.output, /● fails over what JSON cannot have/);
      assert.match(run.output, /^ +\+ +"n": 1n,$/m);
    });

    it('the workers are to be threads: Jest has its own, and a line says how many files that concerns', async () => {
      const { code, output } = await runJest(folder, {}, ['well', 'too', '--workerThreads']);
      assert.equal(code, 0);
      assert.match(output, /^jest-runner-fork: 2 test files ran in Jest's own workers: workerThreads is set$/m);
    });

    it('a file changes in watch mode: it runs again, in a new process', async () => {
      const run = startJest(folder, {}, ['--watchAll', '--maxWorkers=2', 'well', 'too']);
      const runs = () => run.output.match(/^Tests: .*/gm) ?? [];
      await until(() => runs().length === 1);
      const file = path.join(folder, 'word.js');
      writeFileSync(file, readFileSync(file, 'utf8').replace('one', 'two'));
      await until(() => runs().length === 2);
      run.child.kill('SIGTERM');
      await run.ended;
      assert.deepEqual(
        runs().map((line) => line.replace(/\s+/g, ' ')),
        ['Tests: 2 passed, 2 total', 'Tests: 1 failed, 1 passed, 2 total'],
      );
    });

    it('Jest is killed: no process is left', async () => {
      const run = startJest(folder, {}, ['loops', 'well']);
      await until(() => run.output.includes('in the loop'));
      const family = descendants(run.child.pid);
      assert.ok(family.length >= 2);
      run.child.kill('SIGKILL');
      await until(() => family.every((pid) => !isAlive(pid)));
    });
  });
});

/** Without the snapshots of an earlier run. */
async function runAnew(folder, POOL) {
  rmSync(path.join(folder, 'tests/__snapshots__'), { recursive: true, force: true });
  return runJest(folder, { POOL });
}

// What the reporter says of each test, in whatever order files ran.
async function verbose(folder, POOL) {
  const { output } = await runJest(folder, { POOL }, ['--verbose', '--ci']);
  const lines = output
    .split('\n')
    .filter((line) => /^ +[✓✕○✎] |^(PASS|FAIL) |^Tests:|^Snapshots:|^Test Suites:/.test(line));
  return lines.map((line) => line.replace(/ \([\d.]+ m?s\)/, '')).sort();
}

async function coverage(folder, POOL, args) {
  rmSync(path.join(folder, 'coverage'), { recursive: true, force: true });
  await runJest(folder, { POOL }, args);
  return JSON.parse(readFileSync(path.join(folder, 'coverage/coverage-final.json'), 'utf8'));
}

function withoutTimes(results) {
  const times = ['startTime', 'endTime', 'duration', 'startAt', 'openHandles'];
  const text = JSON.stringify(results, (name, value) => {
    if (times.includes(name)) return undefined;
    return typeof value === 'string'
      ? value.replaceAll(/^ +at .*(node:internal|dist\/run\/).*\n?/gm, '').trimEnd()
      : value;
  });
  const { testResults, ...others } = JSON.parse(text);
  return { ...others, files: testResults.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function printed(output) {
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('by '))
    .sort();
}

function failures({ testResults }) {
  const lines = testResults.filter(({ status }) => status === 'failed').map(({ message }) => message);
  return lines.map((text) => /\S+: the process .*/.exec(text)?.[0] ?? text).sort();
}
