// Does the pool give the same results as Vitest's own, with a template that knows nothing and with one that has learned?
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { makeProject, runVitest } from './project.mjs';

const require = createRequire(import.meta.url);

describe('vitest-pool-fork', function () {
  this.timeout(120_000);
  let folder;
  let stock;
  before(async () => {
    folder = makeProject('suite');
    stock = await runAnew(folder, 'forks');
  });

  it('gives the results of pool forks, as it learns and when it has', async () => {
    for (const state of ['without what was learned', 'with it']) {
      const ours = await runAnew(folder, 'fork');
      assert.deepEqual(withoutTimes(ours.results), withoutTimes(stock.results), state);
      assert.equal(ours.code, stock.code);
      assert.deepEqual(printed(ours.output), printed(stock.output));
      assert.deepEqual(ours.output.match(/.*(fresh process|vitest-pool-fork\/lib).*/g), null); // and no stack shows how a file came to run
    }
  });

  it('has types that Vitest takes', () => {
    const flags = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext'];
    execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), ...flags, 'types.ts'], { cwd: folder });
  });

  for (const provider of ['v8', 'istanbul']) {
    it(`has the coverage of pool forks, by ${provider}`, async () => {
      const args = ['--coverage', `--coverage.provider=${provider}`, '--coverage.reportOnFailure'];
      const [theirs, ours] = [await coverage(folder, 'forks', args), await coverage(folder, 'fork', args)];
      assert.equal(Object.keys(theirs).length, 2);
      assert.deepEqual(ours, theirs);
    });
  }

  it('has learned which packages a template may have', async () => {
    // A run ends when its tests do: what was not tried by then comes first in the next.
    for (let runs = 0; runs < 5 && untried(folder) > 0; runs++) await runVitest(folder, 'fork');
    const { preload, left } = learned(folder, 'alone', 'node');
    assert.deepEqual(names(preload), ['keeps-console', 'plain', 'translates']);
    assert.deepEqual(names(left), ['asks', 'sets-things', 'starts-a-thread', 'throws']);
    assert.deepEqual(names(learned(folder, 'alone', 'jsdom').preload), ['sees-document']);
    assert.deepEqual(names(learned(folder, 'globals', 'node').left), ['asks-hooks']);
  });
});

/** Without the snapshots of an earlier run. */
async function runAnew(folder, pool) {
  rmSync(path.join(folder, 'tests/__snapshots__'), { recursive: true, force: true });
  return runVitest(folder, pool);
}

async function coverage(folder, pool, args) {
  rmSync(path.join(folder, 'coverage'), { recursive: true, force: true });
  await runVitest(folder, pool, args);
  return JSON.parse(readFileSync(path.join(folder, 'coverage/coverage-final.json'), 'utf8'));
}

function learned(folder, project, environment) {
  return allLearned(folder).find(([key]) => key.startsWith(`${project}:{"name":"${environment}"`))[1];
}

function untried(folder) {
  return allLearned(folder).flatMap(([, { untried }]) => untried).length;
}

function allLearned(folder) {
  const cache = path.join(folder, 'node_modules/.vite');
  const files = readdirSync(cache, { recursive: true }).filter((name) => name.endsWith('vitest-pool-fork.json'));
  return files.flatMap((file) => Object.entries(JSON.parse(readFileSync(path.join(cache, file), 'utf8')).templates));
}

function names(urls) {
  return urls.map((url) => /node_modules\/([^/]+)\/[^/]+$/.exec(url)[1]).sort();
}

function withoutTimes(results) {
  const text = JSON.stringify(results, (name, value) => {
    if (['startTime', 'endTime', 'duration'].includes(name)) return undefined;
    return typeof value === 'string' ? value.replaceAll(/^ +at .*node:internal.*\n?/gm, '') : value;
  });
  const { testResults, ...others } = JSON.parse(text);
  return { ...others, files: testResults.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

// What tests print, in whatever order files ran.
function printed(output) {
  return output
    .split('\n')
    .filter((line) => /^(by |printed |Error: nobody)/.test(line))
    .sort();
}
