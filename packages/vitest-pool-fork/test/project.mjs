// Where do the tests of this package find Vitest? Installed once, in a folder of its own: a contributor who changes the addon does not need it.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PACKAGES } from './suite/packages.mjs';

const repository = path.join(import.meta.dirname, '../../..');
const home = path.join(repository, 'build/test-runners/vitest');
const INSTALLED = ['vitest@4', '@vitest/coverage-v8@4', '@vitest/coverage-istanbul@4', 'jsdom@26'];

/** Makes a project of the files in test/<name>, with this package, and returns its folder. */
export function makeProject(name) {
  install();
  const folder = path.join(home, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(path.join(import.meta.dirname, name), folder, { recursive: true });
  writeFileSync(path.join(folder, 'package-lock.json'), '{}');
  for (const [name, files] of Object.entries(PACKAGES)) {
    const packageFolder = path.join(folder, 'node_modules', name);
    mkdirSync(packageFolder, { recursive: true });
    writeFileSync(path.join(packageFolder, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(packageFolder, file), text);
  }
  return folder;
}

function install() {
  const stamp = path.join(home, 'installed.json');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== JSON.stringify(INSTALLED)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, 'package.json'), '{ "private": true }');
    // --legacy-peer-deps: npm 11 fails over the peers of the coverage packages.
    const options = ['--prefix', home, '--no-save', '--legacy-peer-deps', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...options, ...INSTALLED], { stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(stamp, JSON.stringify(INSTALLED));
  }
  const ours = path.join(home, 'node_modules/vitest-pool-fork');
  rmSync(ours, { recursive: true, force: true });
  for (const part of ['index.js', 'index.d.ts', 'package.json', 'lib']) {
    cpSync(path.join(repository, 'packages/vitest-pool-fork', part), path.join(ours, part), { recursive: true });
  }
  const link = path.join(home, 'node_modules/posix-fork');
  rmSync(link, { force: true });
  symlinkSync(repository, link);
}

/** Starts Vitest. `output` grows while it runs; `ended` gives the exit code. */
export function startVitest(folder, pool, args) {
  const program = path.join(home, 'node_modules/vitest/vitest.mjs');
  const env = { ...process.env, POOL: pool, CI: '', NO_COLOR: '1', FORCE_COLOR: undefined };
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  const run = { child, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (run.output += text));
  run.ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  return run;
}

/** Runs the tests. Returns the exit code, all output, and the JSON reporter's results. */
export async function runVitest(folder, pool, args = []) {
  const outputFile = path.join(folder, 'results.json');
  const run = startVitest(folder, pool, [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${outputFile}`,
    ...args,
  ]);
  const code = await run.ended;
  return { code, output: run.output, results: JSON.parse(readFileSync(outputFile, 'utf8')) };
}
