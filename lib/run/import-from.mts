// What would a module import by this name? Node tells by import.meta.resolve(), which takes another module's place with
// --experimental-import-meta-resolve: the program that uses this is started so (./fork-server.ts).

/** Imports `specifier` as the module at the URL `parent` would. @internal */
export async function importFrom(parent: string, specifier: string): Promise<object> {
  return (await import(import.meta.resolve(specifier, parent))) as object;
}
