// What of Node's own does a child have to see to, without loading it for everyone? Asked in the parent before each fork: a
// child pays more for each thing that it does.

/** As Node names what is loaded by use only. @internal */
export const USES = {
  crypto: 'internal/crypto/', // whatever begins so
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
  const modules = loadedModules();
  const name = `NativeModule ${part}`;
  const isLoaded = part.endsWith('/') ? modules.some((each) => each.startsWith(name)) : modules.includes(name);
  if (!isLoaded) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- importing it would load it for everyone
  return require(`node:${builtin}`) as T;
}

/** What is loaded of Node's own: `'NativeModule net'`, and so on. @internal */
export function loadedModules(): readonly string[] {
  return (process as unknown as { moduleLoadList: readonly string[] }).moduleLoadList;
}
