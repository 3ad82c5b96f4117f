// What of Node's own does a child have to see to, without loading it for everyone? Asked in the parent before each fork: a
// child pays more for each thing that it does.
import process from 'node:process';

/** As Node names what is loaded by use only. @internal */
export const USES = {
  crypto: 'internal/crypto/', // whatever begins so
  fileOutput: 'internal/fs/sync_write_stream', // stdout or stderr, of a file
  http2: 'internal/http2/core',
  moduleHooks: 'internal/modules/esm/hooks',
} as const;

/**
 * A module of Node's if the program uses it, or else undefined.
 *
 * @param builtin - the module, by the name that one imports
 * @param part - of it: one of {@link USES}
 * @internal
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the module
export function loaded<T>(builtin: string, part = builtin): T | undefined {
  if (!isLoaded(part)) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- importing it would load it for everyone
  return require(`node:${builtin}`) as T;
}

const PREFIX = 'NativeModule ';
const seen = new Set<string>(); // modules, and the folders that they are in
let looked = 0; // at so many of the list, which only grows

/** Whether a module of Node's own is loaded, or one of a folder (`'internal/crypto/'`). @internal */
export function isLoaded(name: string): boolean {
  const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };
  for (; looked < moduleLoadList.length; looked++) {
    const module = moduleLoadList[looked] as string;
    seen.add(module).add(module.slice(0, module.lastIndexOf('/') + 1));
  }
  return seen.has(PREFIX + name);
}
