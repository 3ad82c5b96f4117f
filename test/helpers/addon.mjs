// How does a test get an addon of its own? A C file in test/native/, compiled against the headers of the running Node.
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { includes } from '../../scripts/node-headers.cjs';

const SOURCES = fileURLToPath(new URL('../native/', import.meta.url));
const BUILT = fileURLToPath(new URL('../../build/test/', import.meta.url));

/** Compiles test/native/<name>.c and returns the path of the addon. */
export function buildAddon(name) {
  const addon = `${BUILT}${name}.node`;
  mkdirSync(BUILT, { recursive: true });
  // Under another name first: several test runs may share the folder.
  const fresh = `${addon}.${process.pid}`;
  execFileSync('cc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-fno-builtin',
    `-I${includes()}`,
    `${SOURCES}${name}.c`,
    '-o',
    fresh,
    '-pthread',
  ]);
  renameSync(fresh, addon);
  return addon;
}
