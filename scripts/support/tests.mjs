// Where is the test of that name? test/<room>/<name>.test.mjs, and a name is in one room only.
import { readdirSync } from 'node:fs';
import { root } from './addon-build.mjs';

export function findTests(names) {
  const all = readdirSync(`${root}/test`, { recursive: true });
  return names.map((name) => {
    const found = all.find((file) => file.endsWith(`/${name}.test.mjs`));
    if (found === undefined) throw new Error(`there is no test ${name}`);
    return `test/${found}`;
  });
}
