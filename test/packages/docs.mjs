// What does docs/libraries.md say of the packages? It is made of the rows that `npm run test:packages` tries: -- --docs writes it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { rooms, titleOf, VERDICTS } from './table.mjs';

const PAGE = path.join(import.meta.dirname, '../../docs/libraries.md');
const [BEGIN, END] = ['<!-- npm run test:packages -- --docs -->\n', '\n<!-- until here -->'];

/** The page as it is, and as it should be. */
export async function pageOfPackages() {
  const is = readFileSync(PAGE, 'utf8');
  const [before, rest] = is.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/libraries.md has no place for the table: ${BEGIN.trim()}`);
  const options = { ...(await prettier.resolveConfig(PAGE)), parser: 'markdown' };
  return { is, should: await prettier.format(before + BEGIN + tables() + END + after, options) };
}

export async function writePage() {
  writeFileSync(PAGE, (await pageOfPackages()).should);
}

function tables() {
  return Object.entries(rooms)
    .map(([room, rows]) => {
      const lines = rows.map(
        (row) => `| ${titleOf(row)} | ${row.version} | ${VERDICTS[row.verdict]} | ${row.note ?? ''} |`,
      );
      return `\n### ${room}\n\n| package | version | in a child | |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
    })
    .join('');
}
