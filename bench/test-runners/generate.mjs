// A test suite of a project of middle size: n files, each on one or two real libraries and some sources of the project's own.
//
//   node bench/test-runners/generate.mjs <folder> <n> vitest|jest
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// What a file imports, and what it does with that, for the file's number i.
const SUBJECTS = [
  {
    imports: `import _ from 'lodash';`,
    body: (i) => `expect(_.chunk(_.range(${i + 10}), 3)).toHaveLength(Math.ceil(${i + 10} / 3));
    expect(_.groupBy(_.range(9), (n) => n % 3)).toMatchSnapshot();`,
  },
  {
    imports: `import { addDays, format } from 'date-fns';`,
    body: (i) => `expect(format(addDays(new Date(2024, 0, 1), ${i}), 'yyyy-MM-dd')).toMatch(/^2024-/);`,
  },
  {
    imports: `import { lastValueFrom, of, map, toArray } from 'rxjs';`,
    body: (i) =>
      `expect(await lastValueFrom(of(1, 2, ${i}).pipe(map((n) => n * 2), toArray()))).toEqual([2, 4, ${2 * i}]);`,
  },
  {
    imports: `import ts from 'typescript';`,
    body: (
      i,
    ) => `const { outputText } = ts.transpileModule('const n: number = ${i};', { compilerOptions: { target: 9 } });
    expect(outputText.trim()).toBe('const n = ${i};');`,
  },
  {
    imports: `import { transformSync } from '@babel/core';`,
    body: (i) => `const { code } = transformSync('let a${i} = () => 1', { configFile: false, babelrc: false });
    expect(code).toContain('a${i}');`,
  },
  {
    environment: 'jsdom',
    imports: `import { createElement } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';`,
    body: (i) => `const root = document.createElement('div');
    flushSync(() => createRoot(root).render(createElement('b', null, 'row ${i}')));
    expect(root.innerHTML).toMatchInlineSnapshot(\`"<b>row ${i}</b>"\`);`,
  },
  {
    imports: `import { createElement } from 'react';
import { renderToString } from 'react-dom/server';`,
    body: (i) => `expect(renderToString(createElement('i', null, ${i}))).toBe('<i>${i}</i>');`,
  },
];

export function generate(folder, files, runner) {
  const write = (file, text) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  for (const part of ['src', 'tests']) rmSync(path.join(folder, part), { recursive: true, force: true });
  for (let i = 0; i < 20; i++) {
    const below = i < 16 ? `import { f${i + 4} } from './m${i + 4}';\n` : '';
    const rest = i < 16 ? ` + f${i + 4}(n)` : '';
    write(
      `src/m${i}.ts`,
      `${below}export interface Row${i} {\n  n: number;\n}\nexport function f${i}(n: number): number {\n  const row: Row${i} = { n };\n  return row.n${rest};\n}\n`,
    );
  }
  write(
    'tests/setup.ts',
    `import { afterEach } from '${runner === 'jest' ? '@jest/globals' : 'vitest'}';\nglobalThis.fromSetup = 1;\nafterEach(() => void (globalThis.fromSetup = 1));\n`,
  );
  for (let i = 0; i < files; i++) write(`tests/t${String(i).padStart(3, '0')}.test.ts`, testFile(i, runner));
}

function testFile(i, runner) {
  const { imports, body, environment } = SUBJECTS[i % SUBJECTS.length];
  const tool = runner === 'jest' ? 'jest' : 'vi';
  const from =
    runner === 'jest'
      ? `import { describe, expect, it, jest } from '@jest/globals';`
      : `import { describe, expect, it, vi } from 'vitest';`;
  const mock = i % 5 === 0 ? `${tool}.mock('../src/m19', () => ({ f19: () => 1000 }));\n` : '';
  return `${environment ? `/** @${runner}-environment ${environment} */\n` : ''}${from}
${imports}
import { f${i % 20} } from '../src/m${i % 20}';
${mock}
describe('file ${i}', () => {
  it('uses its library', async () => {
    ${body(i)}
  });
  it('uses the sources', () => {
    expect(f${i % 20}(1)).toMatchSnapshot();
    expect(globalThis.fromSetup).toBe(1);
  });
  it('has fake timers', () => {
    ${tool}.useFakeTimers();
    const called = ${tool}.fn();
    setTimeout(called, 60_000);
    ${tool}.advanceTimersByTime(60_000);
    ${tool}.useRealTimers();
    expect(called).toHaveBeenCalledTimes(1);
  });
  it.each(Array.from({ length: 20 }, (_, n) => n))('counts %i', (n) => {
    expect(n * ${i + 1}).toBe(${i + 1} * n);
  });
${i % 10 === 3 ? `  it('prints', () => console.log('printed by ${i}'));\n` : ''}${i % 30 === 7 ? `  it('fails', () => expect({ a: ${i} }).toEqual({ a: 0 }));\n` : ''}});
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, files, runner] = process.argv.slice(2);
  generate(folder, Number(files), runner);
}
