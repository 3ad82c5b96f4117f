// How do the tests of this package run Jest?
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { copyProject, installRunner, outcomeOf, startRunner } from '../../project.mjs';

const INSTALLED = ['jest@30', 'jest-environment-jsdom@30'];
const PACKAGES = {
  plain: {
    'index.js':
      "module.exports = { count: 0, load: () => import('plain'), fails: () => { throw new Error('of a package'); } };",
    'closes.js': '}); (function () {',
  },
};

let home;

/** Makes a project of the files in test/<name>, with this package, and returns its folder. */
export function makeProject(name) {
  home = installRunner('jest', INSTALLED, ['--ignore-scripts'], 'jest-runner-fork');
  const folder = copyProject(home, path.join(import.meta.dirname, name), PACKAGES);
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  return folder;
}

/** Starts Jest. `output` grows while it runs; `ended` gives the exit code. */
export function startJest(folder, env, args) {
  return startRunner(path.join(home, 'node_modules/jest/bin/jest.js'), args, folder, env);
}

/** Runs the tests. Returns the exit code, all output, and the JSON results. */
export function runJest(folder, env, args = []) {
  const outputFile = path.join(folder, 'results.json');
  return outcomeOf(startJest(folder, env, ['--json', `--outputFile=${outputFile}`, ...args]), outputFile);
}
