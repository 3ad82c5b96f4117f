// How does a test get an addon of its own? A C file in test/native/, compiled against the headers of the running Node.
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodedir } from '../../scripts/node-headers.cjs';

const SOURCES = fileURLToPath(new URL('../native/', import.meta.url));
const BUILT = fileURLToPath(new URL('../../build/test/', import.meta.url));

/** Compiles test/native/<name>.c and returns the path of the addon. */
export function buildAddon(name) {
  const include = path.join(nodedir() ?? '/usr', 'include/node');
  const addon = `${BUILT}${name}.node`;
  mkdirSync(BUILT, { recursive: true });
  // Under another name first: several test runs may share the folder.
  const fresh = `${addon}.${process.pid}`;
  execFileSync('cc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-fno-builtin',
    `-I${include}`,
    `${SOURCES}${name}.c`,
    '-o',
    fresh,
    '-pthread',
  ]);
  renameSync(fresh, addon);
  return addon;
}
