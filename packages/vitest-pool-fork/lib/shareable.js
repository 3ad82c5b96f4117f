// Of which modules may the template have a copy for all test files? Those of installed packages, where importing one does nothing to another.
//
// What an import does to the global world a trial sees (lib/trial.js); what it does to another module's private state nobody can: `moment/locale/de` makes
// German what another file formats. Such modules are never a package's own entry; they are a file beside it that no `exports` names.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/s;

/** The URL to import, or undefined. */
export function shareable(location) {
  if (!/^(file:|\/)/.test(location) || /[?#]/.test(location)) return undefined;
  const file = location.startsWith('/') ? location : fileURLToPath(location);
  const folder = PACKAGE.exec(file)?.[0];
  if (folder === undefined) return undefined;
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const own = manifest.sideEffects === false || manifest.exports !== undefined || file === entry(folder);
  return own ? pathToFileURL(file).href : undefined;
}

function entry(folder) {
  try {
    return require.resolve(folder);
  } catch {
    return undefined;
  }
}
