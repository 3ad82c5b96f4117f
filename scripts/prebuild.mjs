// What does the package ship, so that it installs without a compiler? A binary for glibc on x64, and one on arm64.
//
// Name architectures to build only these: npm run prebuildify -- x64. The other architecture needs Debian's cross-compiler.
// Sources are built as the user would build them, in a copy: node-gyp knows one place only, and cleans it first.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { arch as host } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import prebuildify from 'prebuildify';
import { nodedir } from './node-headers.cjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stage = path.join(root, 'build/prebuild');

const TOOLS = {
  x64: { prefix: 'x86_64-linux-gnu-', packages: 'g++-x86-64-linux-gnu' },
  arm64: { prefix: 'aarch64-linux-gnu-', packages: 'g++-aarch64-linux-gnu' },
};

// What the official builds of Node.js 20 to 26 need themselves: `objdump -T node | grep -o 'GLIBC_[0-9.]*' | sort -uV`.
const NEWEST_GLIBC = '2.28';

const chosen = process.argv.slice(2);
for (const arch of chosen.length > 0 ? chosen : Object.keys(TOOLS)) {
  const file = await prebuild(arch, toolsFor(arch));
  const needs = versionsNeededBy(file);
  const kilobytes = Math.round(statSync(file).size / 1000);
  console.log(`${path.relative(root, file)}: ${kilobytes} kB, needs ${needs.join(', ')}`);
  const glibc = needs.filter((version) => version.startsWith('GLIBC_')).at(-1);
  if (newestOf([glibc, `GLIBC_${NEWEST_GLIBC}`]) !== `GLIBC_${NEWEST_GLIBC}`) {
    fail(`${glibc} is newer than ${NEWEST_GLIBC}: see scripts/prebuild/old-glibc.h, and \`objdump -T ${file}\``);
  }
  if (needs.some((version) => /^(GLIBCXX|CXXABI)_/.test(version))) fail('libstdc++ should have been linked statically');
}

function toolsFor(arch) {
  if (!(arch in TOOLS)) fail(`${arch} is none of ${Object.keys(TOOLS).join(', ')}`);
  const { prefix, packages } = TOOLS[arch];
  const tools = { CC: `${prefix}gcc`, CXX: `${prefix}g++`, AR: `${prefix}ar`, STRIP: `${prefix}strip` };
  const isThere = (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;
  if (Object.values(tools).every(isThere)) return tools;
  if (arch === host()) return { CC: 'gcc', CXX: 'g++', AR: 'ar', STRIP: 'strip' };
  fail(`there is no ${tools.CXX}: apt-get install ${packages}`);
}

async function prebuild(arch, { STRIP, ...tools }) {
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  for (const name of ['native', 'binding.gyp'])
    cpSync(path.join(root, name), path.join(stage, name), { recursive: true });
  Object.assign(process.env, tools, {
    // Node-API's headers are the same for all architectures.
    npm_config_nodedir: headers(),
    // -O3, which is node-gyp's, makes it a tenth larger.
    CXXFLAGS: `-include ${path.join(root, 'scripts/prebuild/old-glibc.h')} -ffile-prefix-map=${stage}/= -ffunction-sections -fdata-sections -O2`,
    // The C++ library of whoever installs it may be older; what it throws stays inside the addon.
    LDFLAGS: '-static-libstdc++ -Wl,--exclude-libs,ALL -Wl,--gc-sections',
  });
  const out = path.join(root, 'prebuilds', `linux-${arch}`);
  rmSync(out, { recursive: true, force: true });
  await promisify(prebuildify)({
    ...{ cwd: stage, out: root, name: 'posix-fork', arch, platform: 'linux', targets: [process.versions.node] },
    ...{ napi: true, strip: true, stripBin: STRIP, tagLibc: 'glibc', quiet: !process.env.CI },
  });
  rmSync(stage, { recursive: true });
  const [file] = readdirSync(out);
  return path.join(out, file);
}

function headers() {
  return nodedir() ?? fail(`there are no headers beside ${process.execPath}: see scripts/node-headers.cjs`);
}

/** The newest version of each library that it asks for. */
function versionsNeededBy(file) {
  const dump = execFileSync('objdump', ['-p', file], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  const [, references] = dump.split('Version References:');
  const all = references.match(/\b[A-Z]+_[\d.]+/g);
  const names = new Set(all.map((version) => version.split('_')[0]));
  return [...names].map((name) => newestOf(all.filter((version) => version.startsWith(`${name}_`))));
}

function newestOf(versions) {
  return versions.toSorted(new Intl.Collator('en', { numeric: true }).compare).at(-1);
}

function fail(message) {
  console.error(`prebuild: ${message}`);
  process.exit(1);
}
