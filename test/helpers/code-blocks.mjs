// Which programs do the pages and the TSDoc contain, and what do they say of themselves?
//
// A fenced block is, by its first line:
//   ```js, ```cjs, ```ts     a whole program: it is run (and, in TypeScript, checked) as it stands
//   ```js with pg            a program that wants this package: `npm run test:packages` runs it
//   ```js name.mjs           a file: the other blocks of the page run or import it by this name
//   ```ts signature          declarations: they are what the package's own .d.ts files say
//   ```console               commands after `$ `, each with what it prints: they are run
//   ```sh                    commands for the reader's own machine: what they name must exist
//   ```text                  what the program above prints; ```text stderr: what it writes there
//   ```mermaid               a picture
// A program says what comes of it: `// prints: …` for each line (or a ```text block), `// exits with N` if not 0.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const PROGRAMS = ['js', 'cjs', 'ts'];
const OTHERS = ['console', 'sh', 'mermaid'];

/** All blocks of a Markdown page; throws where one is none of the above. */
export function blocksOfPage(path, page) {
  const blocks = [];
  for (const fence of fences(readFileSync(path, 'utf8'))) {
    const name = `${page}:${fence.line}`;
    if (fence.language === 'text') {
      if (!fence.follows || !['', 'stderr'].includes(fence.info)) throw new Error(`${name}: what prints this?`);
      blocks.at(-1)[fence.info === 'stderr' ? 'stderr' : 'stdout'] = fence.code;
    } else {
      blocks.push({ name, page, ...fence, ...kindOf(fence, name) });
    }
  }
  return blocks.map(withExpectations);
}

/** The `@example`s of a source file, and what all of them may use without importing it. */
export function examplesOfSource(path, page) {
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const examples = [];
  for (const node of documented(source)) {
    for (const tag of ts.getJSDocTags(node)) {
      if (tag.tagName.text !== 'example') continue;
      const line = source.getLineAndCharacterOfPosition(tag.getStart()).line + 1;
      const name = `${page}:${line}`;
      const [fence, more] = fences(ts.getTextOfJSDocComment(tag.comment) ?? '');
      if (fence?.language !== 'ts' || more) throw new Error(`${name}: an @example is one block of TypeScript`);
      const code = `${PRELUDE}\n${fence.code}`;
      examples.push(withExpectations({ name, page, ...fence, line, kind: 'program', code }));
    }
  }
  return examples;
}

/** The exported functions of a source file that are not `@internal`: name, whether they return anything, and their TSDoc tags. */
export function functionsOfSource(path) {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  return (
    source.statements
      .filter(
        (node) =>
          ts.isFunctionDeclaration(node) && node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword),
      )
      // Of several signatures the first is described, for all.
      .filter((node, i, nodes) => nodes.findIndex(({ name }) => name.text === node.name.text) === i)
      .map((node) => ({
        name: node.name.text,
        returns: !['void', 'Promise<void>'].includes(node.type?.getText()),
        summary: node.jsDoc?.at(-1)?.comment ?? '',
        tags: ts.getJSDocTags(node).map(({ tagName }) => tagName.text),
      }))
      .filter(({ tags }) => !tags.includes('internal'))
  );
}

// In the reference an example is read beside its signature: the import would be the longest part of most.
const PRELUDE = `import fs from 'node:fs'; import net from 'node:net'; import * as posix from 'posix-fork';`;

function documented(source) {
  const found = new Set();
  const visit = (node) => {
    if (ts.getJSDocTags(node).length > 0 && node.jsDoc) found.add(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function kindOf({ language, info }, name) {
  if (language === 'ts' && info === 'signature') return { kind: 'signature' };
  if (PROGRAMS.includes(language)) {
    if (info === '') return { kind: 'program' };
    if (info.startsWith('with ')) return { kind: 'package', wants: info.slice(5) };
    if (/^[\w-]+\.(mjs|cjs|mts)$/.test(info)) return { kind: 'file', file: info };
  }
  if (OTHERS.includes(language) && info === '') return { kind: language };
  throw new Error(`${name}: a block of an unknown kind, \`\`\`${language} ${info}`);
}

function withExpectations(block) {
  if (!['program', 'package'].includes(block.kind)) return block;
  const printed = [...block.code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, line]) => line);
  if (printed.length > 0 && block.stdout !== undefined) throw new Error(`${block.name}: says twice what it prints`);
  const exitCode = Number(block.code.match(/\/\/ exits with (\d+)/)?.[1] ?? 0);
  return { stderr: '', ...block, stdout: block.stdout ?? printed.join('\n'), exitCode };
}

/** Yields { language, info, line, code, follows }, the last of which says that nothing stands between it and the one before. */
function* fences(text) {
  let open;
  let follows = false;
  for (const [i, line] of text.split('\n').entries()) {
    const [, indent, language, info] = /^( *)```(\w*) ?(.*)$/.exec(line) ?? [];
    if (open && line.trim() === '```') {
      const { lines, ...fence } = open;
      yield { ...fence, code: lines.map((each) => each.slice(open.indent)).join('\n') };
      open = undefined;
      follows = true;
    } else if (open) {
      open.lines.push(line);
    } else if (language !== undefined) {
      open = { language, info, line: i + 1, indent: indent.length, follows, lines: [] };
    } else if (line.trim() !== '') {
      follows = false;
    }
  }
  if (open) throw new Error('a block does not end');
}

/** A pattern for a text in which `…` stands for anything within a line, and a line of it alone for any lines. */
export function patternOf(expected) {
  const escape = (part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const lines = expected.trimEnd().split('\n');
  const patterns = lines.map((line) => (line.trim() === '…' ? '[^]*' : line.split('…').map(escape).join('[^\\n]*')));
  return new RegExp(`^${patterns.join('\\n').replaceAll('\\n[^]*', '(?:\\n[^]*)?')}\\s*$`);
}
