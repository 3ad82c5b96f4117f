// What do copies of the package in one thread share that have one addon? A test runner loads one for each file; a bundled one lies
// beside the installed one. A file has its exports once in a thread, so what is put there is found by all.
import { native, unsupported } from './native.js';

/** @param name - of a list, which is the same one in each copy. What a later version puts there an earlier one has to understand. @internal */
export function sharedList<T>(name: string): T[] {
  if (unsupported !== undefined) return []; // nothing that would need it works
  const exports = native as unknown as Record<symbol, T[] | undefined>;
  return (exports[Symbol.for(`posix-fork.${name}`)] ??= []);
}
