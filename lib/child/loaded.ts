// Has anybody loaded this module of Node's? Asked in the parent before each fork: a child pays more for each thing that it does.
const known = new Map<string, boolean>();
let length = 0;

/** @param builtin - as Node names its own modules: `'http'`, `'internal/crypto/random'`. @internal */
export function isLoaded(builtin: string): boolean {
  const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };
  if (moduleLoadList.length !== length) known.clear();
  length = moduleLoadList.length;
  let answer = known.get(builtin);
  if (answer === undefined) known.set(builtin, (answer = moduleLoadList.includes(`NativeModule ${builtin}`)));
  return answer;
}
