// How does a checker get an addon of its own, beside the one in build/Release?
//
// It lies in build/<name>/build/Release, where node-gyp-build finds it through POSIX_FORK_PREBUILD. The compiler is called
// directly, with the flags of binding.gyp: node-gyp knows one place only, and cleans it first.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { includes } from '../node-headers.cjs';

export const root = path.join(import.meta.dirname, '../..');

/** The C++ files of the addon, relative to the root of the package. */
export const sources = filesIn('native', '.cc');

/** What they are compiled with (binding.gyp), by any compiler. */
export const flags = [
  ...['-std=c++17', '-Wall', '-Wextra', '-Werror', '-fvisibility=hidden', '-fPIC', '-pthread', '-g'],
  ...['-DNODE_GYP_MODULE_NAME=posix_fork', '-DBUILDING_NODE_EXTENSION', '-DNAPI_VERSION=9', '-DNAPI_CPP_EXCEPTIONS'],
  ...['-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', '-Inative'],
  ...['-isystem', 'node_modules/node-addon-api', '-isystem', includes()],
];

/** Builds build/<name> with more flags and files, if a source is newer. Returns what to set to have it loaded. */
export async function buildAddon(name, more, moreSources = []) {
  const directory = path.join(root, 'build', name);
  const addon = path.join(directory, 'build/Release/posix_fork.node');
  const all = [...sources, ...moreSources];
  const objects = all.map((source) => path.join(directory, source.replace(/\.cc$/, '.o')));
  if (!existsSync(addon) || newest([...all, ...filesIn('native', '.h')]) > changed(addon)) {
    for (const file of [addon, ...objects]) mkdirSync(path.dirname(file), { recursive: true });
    const compiler = process.env.CXX ?? 'g++';
    const headers = newest(filesIn('native', '.h'));
    // What an earlier run, which was ended, has compiled already.
    const stale = (i) => !existsSync(objects[i]) || Math.max(changed(all[i]), headers) > changed(objects[i]);
    await eachOf([...all.keys()].filter(stale), (i) =>
      run(compiler, [...flags, ...more, '-c', all[i], '-o', objects[i]]),
    );
    await run(compiler, ['-shared', '-pthread', '-Wl,-z,nodelete', '-Wl,-z,now', ...more, ...objects, '-o', addon]);
  }
  return { POSIX_FORK_PREBUILD: directory };
}

/** Calls `work` for each item, as many at a time as there are processors. */
export async function eachOf(items, work) {
  const left = [...items];
  const worker = async () => {
    while (left.length > 0) await work(left.shift());
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Runs a command with its output shown. Returns its exit code, its signal, or why it could not be started. */
export function outcomeOf(file, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
}

/** The same; ends this process if it fails. */
export async function run(file, args, env) {
  const outcome = await outcomeOf(file, args, env);
  if (outcome === 0) return;
  console.error(`${path.basename(file)} failed: ${outcome}`);
  process.exit(1);
}

function filesIn(directory, ending) {
  return readdirSync(path.join(root, directory), { recursive: true })
    .filter((file) => file.endsWith(ending))
    .map((file) => path.join(directory, file))
    .sort();
}

function changed(file) {
  return statSync(path.resolve(root, file)).mtimeMs;
}

function newest(files) {
  return Math.max(...files.map(changed));
}
