// What would a module import by this name? Node tells by import.meta.resolve(), which takes another module's place with
// --experimental-import-meta-resolve: the program that uses this is started so (./server-options.ts).

import { fileURLToPath } from 'node:url';
import { importedFrom } from './imported-from.js';

/** Imports `specifier` as the module at the URL `parent` would. @internal */
export async function importFrom(parent: string, specifier: string): Promise<object> {
  const url = import.meta.resolve(specifier, parent);
  const own = fileURLToPath(import.meta.url);
  return await importedFrom(own, () => import(url) as Promise<object>, fileURLToPath(parent));
}
