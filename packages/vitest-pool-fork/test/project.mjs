// How do the tests of this package run Vitest?
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { copyProject, installRunner, outcomeOf, startRunner } from '../../project.mjs';
import { PACKAGES } from './suite/packages.mjs';

const INSTALLED = ['vitest@4', '@vitest/coverage-v8@4', '@vitest/coverage-istanbul@4', 'jsdom@26'];
// npm 11 fails over the peers of the coverage packages.
const OPTIONS = ['--legacy-peer-deps'];

let home;

/** Makes a project of the files in test/<name>, with this package, and returns its folder. */
export function makeProject(name) {
  home = installRunner('vitest', INSTALLED, OPTIONS, 'vitest-pool-fork');
  const named = Object.entries(PACKAGES).map(([each, files]) => [
    each,
    { 'package.json': JSON.stringify({ name: each, version: '1.0.0' }), ...files },
  ]);
  const folder = copyProject(home, path.join(import.meta.dirname, name), Object.fromEntries(named));
  writeFileSync(path.join(folder, 'package-lock.json'), '{}');
  return folder;
}

/** Starts Vitest. `output` grows while it runs; `ended` gives the exit code. */
export function startVitest(folder, pool, args) {
  return startRunner(path.join(home, 'node_modules/vitest/vitest.mjs'), args, folder, { POOL: pool });
}

/** Runs the tests. Returns the exit code, all output, and the JSON reporter's results. */
export function runVitest(folder, pool, args = []) {
  const outputFile = path.join(folder, 'results.json');
  const options = ['run', '--reporter=default', '--reporter=json', `--outputFile=${outputFile}`, ...args];
  return outcomeOf(startVitest(folder, pool, options), outputFile);
}
