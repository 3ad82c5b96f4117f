// Which modules has this process loaded? Those of CommonJS are in require.cache. Those of ES modules are in a table of Node's
// loader, which only Node's own functions see: module.register() does.
import module from 'node:module';
import { pathToFileURL } from 'node:url';
import { Inspection } from './inspect-scope.js';

interface Loader {
  loadCache?: { keys?: () => Iterable<unknown> };
}

let loader: Loader | undefined;

/** Costs some milliseconds, once, after the first import(). Where Node's loader cannot be found ES modules are not listed. @internal */
export function findLoader(): void {
  if (loader !== undefined) return;
  try {
    const found = Inspection.run((inspection) => inspection.scopeOf(module.register, ['cascadedLoader']));
    loader = found.get('cascadedLoader') as Loader | undefined;
  } catch {
    // no node:inspector
  }
}

/** Their URLs, in the order in which they were loaded. @internal */
export function* loadedModules(): Iterable<string> {
  const keys = loader?.loadCache?.keys;
  if (typeof keys === 'function') {
    for (const url of keys.call(loader?.loadCache)) if (isFile(url)) yield url;
  }

  for (const path of Object.keys(require.cache)) yield pathToFileURL(path).href;
}

function isFile(url: unknown): url is string {
  return typeof url === 'string' && url.startsWith('file:');
}
