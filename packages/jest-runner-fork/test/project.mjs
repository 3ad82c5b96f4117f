// Where do the tests of this package find Jest? Installed once, in a folder of its own.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const repository = path.join(import.meta.dirname, '../../..');
const home = path.join(repository, 'build/test-runners/jest');
const INSTALLED = ['jest@30', 'jest-environment-jsdom@30'];

/** Makes a project of the files in test/<name>, with this package, and returns its folder. */
export function makeProject(name) {
  install();
  const folder = path.join(home, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(path.join(import.meta.dirname, name), folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  mkdirSync(path.join(folder, 'node_modules/plain'), { recursive: true });
  writeFileSync(path.join(folder, 'node_modules/plain/index.js'), 'module.exports = { count: 0 };');
  return folder;
}

function install() {
  const stamp = path.join(home, 'installed.json');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== JSON.stringify(INSTALLED)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, 'package.json'), '{ "private": true }');
    const options = ['--prefix', home, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', ['install', ...options, ...INSTALLED], { stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(stamp, JSON.stringify(INSTALLED));
  }
  const ours = path.join(home, 'node_modules/jest-runner-fork');
  rmSync(ours, { recursive: true, force: true });
  for (const part of ['index.js', 'index.d.ts', 'package.json', 'lib']) {
    cpSync(path.join(repository, 'packages/jest-runner-fork', part), path.join(ours, part), { recursive: true });
  }
  const link = path.join(home, 'node_modules/posix-fork');
  rmSync(link, { force: true });
  symlinkSync(repository, link);
}

/** Starts Jest. `output` grows while it runs; `ended` gives the exit code. */
export function startJest(folder, env, args) {
  const program = path.join(home, 'node_modules/jest/bin/jest.js');
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...process.env, ...env, CI: '', NO_COLOR: '1' },
  });
  const run = { child, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (run.output += text));
  run.ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  return run;
}

/** Runs the tests. Returns the exit code, all output, and the JSON results. */
export async function runJest(folder, env, args = []) {
  const outputFile = path.join(folder, 'results.json');
  const run = startJest(folder, env, ['--json', `--outputFile=${outputFile}`, ...args]);
  const code = await run.ended;
  return { code, output: run.output, results: JSON.parse(readFileSync(outputFile, 'utf8')) };
}
