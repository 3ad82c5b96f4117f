// Where do the tests of these packages find a test runner? Installed once, in a folder of its own: who changes the addon does
// not need it.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const repository = path.join(import.meta.dirname, '..');

/** The folder with the runner and what else is named, this package (`ours`) and posix-fork. */
export function installRunner(runner, installed, npmOptions, ours) {
  const home = path.join(repository, 'build/test-runners', runner);
  const stamp = path.join(home, 'installed.json');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== JSON.stringify(installed)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, 'package.json'), '{ "private": true }');
    const options = ['--prefix', home, '--no-save', '--no-audit', '--no-fund', ...npmOptions];
    execFileSync('npm', ['install', ...options, ...installed], { stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(stamp, JSON.stringify(installed));
  }
  const own = path.join(home, 'node_modules', ours);
  rmSync(own, { recursive: true, force: true });
  for (const part of ['index.js', 'index.d.ts', 'package.json', 'lib'])
    cpSync(path.join(repository, 'packages', ours, part), path.join(own, part), { recursive: true });
  const link = path.join(home, 'node_modules/posix-fork');
  rmSync(link, { force: true });
  symlinkSync(repository, link);
  return home;
}

/** A copy of the files in `source`, with the packages `{ name: { file: text } }`. */
export function copyProject(home, source, packages) {
  const folder = path.join(home, path.basename(source));
  rmSync(folder, { recursive: true, force: true });
  cpSync(source, folder, { recursive: true });
  for (const [name, files] of Object.entries(packages)) {
    const packageFolder = path.join(folder, 'node_modules', name);
    mkdirSync(packageFolder, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(packageFolder, file), text);
  }
  return folder;
}

/** Starts it. `output` grows while it runs; `ended` gives the exit code. */
export function startRunner(program, args, folder, env) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...process.env, ...env, CI: '', NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  const run = { child, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (run.output += text));
  run.ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  return run;
}

/** The exit code of a run, all output, and the JSON results. */
export async function outcomeOf(run, outputFile) {
  const code = await run.ended;
  return { code, output: run.output, results: JSON.parse(readFileSync(outputFile, 'utf8')) };
}
