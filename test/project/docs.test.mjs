// Is what the documentation says true? Every block of code is run, or checked if it is none that could be run.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkCommands, checkSignature } from '../helpers/check-block.mjs';
import { blocksOfPage, examplesOfSource, functionsOfSource } from '../helpers/code-blocks.mjs';
import { checkTypes, runConsole, runProgram, writeBlock } from '../helpers/run-block.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const AT_ONCE = 2;
const RUNS = { program: runProgram, console: runConsole };
const CHECKS = { signature: checkSignature, sh: checkCommands, mermaid: checkPicture };

const pages = ['README.md', 'CONTRIBUTING.md', ...list('docs', '.md')].filter((page) => existsSync(ROOT + page));
const sources = list('lib', '.ts', true);
const blocks = [
  // What is made from the source has its examples.
  ...pages.filter((page) => page !== 'docs/api.md').flatMap((page) => blocksOfPage(ROOT + page, page)),
  ...sources.flatMap((source) => examplesOfSource(ROOT + source, source)),
];

function list(folder, extension, recursive = false) {
  return readdirSync(ROOT + folder, { recursive })
    .filter((name) => name.endsWith(extension))
    .map((name) => `${folder}/${name}`);
}

describe('the documentation', () => {
  mkdirSync(`${ROOT}build`, { recursive: true });
  const directory = mkdtempSync(`${ROOT}build/docs-`);
  const outcomes = new Map();
  let types;

  before(() => {
    for (const block of blocks) {
      const files = blocks.filter(({ kind, page }) => kind === 'file' && page === block.page);
      writeBlock(block, files, directory);
    }
    startAll(
      blocks.filter(({ kind }) => kind in RUNS),
      outcomes,
    );
    types = checkTypes(blocks.map(({ source }) => source).filter(Boolean));
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const page of [...pages, ...sources]) {
    const own = blocks.filter((block) => block.page === page && block.kind !== 'package');
    if (own.length === 0) continue;
    describe(page, () => {
      for (const block of own) {
        it(`line ${block.line}: ${block.kind === 'program' ? block.language : block.kind}`, async () => {
          if (block.source) assert.deepEqual(types.get(block.source) ?? [], []);
          CHECKS[block.kind]?.(block);
          if (block.kind === 'file') assert.ok(isUsed(block, own), `${block.file} is not used on its page`);
          await outcomes.get(block)?.();
        });
      }
    });
  }
});

// A few at a time; whoever asks for an outcome gets it when it is there.
function startAll(queue, outcomes) {
  const places = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  for (const [i, block] of queue.entries()) {
    const turn = i % AT_ONCE;
    const run = places[turn].then(() => RUNS[block.kind](block));
    places[turn] = run.catch(() => undefined);
    outcomes.set(block, () => run);
  }
}

function isUsed({ file }, blocksOfSamePage) {
  return blocksOfSamePage.some((block) => block.file !== file && block.code.includes(file));
}

function checkPicture({ code }) {
  assert.match(code, /^(sequenceDiagram|flowchart (TB|LR))\n/);
  assert.doesNotMatch(code, /;/, 'ends a statement in Mermaid, also in the middle of a text');
}

describe('the pages', () => {
  it('link to files and headings that there are', () => {
    for (const page of pages) {
      const text = readFileSync(ROOT + page, 'utf8').replaceAll(/^```[^]*?^```/gm, '');
      for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [file, anchor] = target.split('#');
        const absolute = file === '' ? ROOT + page : path.resolve(ROOT, path.dirname(page), file);
        assert.ok(existsSync(absolute), `${page}: ${target}`);
        if (anchor) assert.ok(anchorsOf(absolute).includes(anchor), `${page}: ${target}`);
      }
    }
  });

  it('are all in the index', () => {
    const index = readFileSync(`${ROOT}docs/README.md`, 'utf8');
    for (const page of list('docs', '.md')) {
      if (page !== 'docs/README.md') assert.ok(index.includes(`(${path.basename(page)})`), page);
    }
  });

  it('tell the cause and the cure of every error of the package', () => {
    const text = readFileSync(`${ROOT}docs/troubleshooting.md`, 'utf8');
    const headings = text.match(/^#+ .*/gm).join('\n');
    const codes = new Set(
      [...sources, ...native()].flatMap(
        (file) => readFileSync(ROOT + file, 'utf8').match(/\bERR_(FORK|CHILD)_[A-Z_]+/g) ?? [],
      ),
    );
    assert.ok(codes.size > 10);
    for (const code of codes) assert.match(headings, new RegExp(`\\b${code}\\b`));
  });
});

describe('the reference', () => {
  it('says of every function what it returns, what it throws and where that is from, with an example', () => {
    const functions = sources.flatMap((source) => functionsOfSource(ROOT + source));
    assert.ok(functions.length > 35);
    for (const { name, returns, summary, tags } of functions) {
      assert.ok(summary.length > 0, `${name} is not described`);
      for (const tag of [...(returns ? ['returns'] : []), 'throws', 'see', 'example']) {
        assert.ok(tags.includes(tag), `${name} has no @${tag}`);
      }
    }
  });
});

function native() {
  return readdirSync(`${ROOT}native`, { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name))
    .map((name) => `native/${name}`);
}

// As GitHub makes them: the second of the same name ends in -1.
function anchorsOf(file) {
  const seen = new Map();
  const text = readFileSync(file, 'utf8');
  const named = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
  const headings = [...text.matchAll(/^#+ (.*)/gm)].map(([, heading]) => {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return [...named, ...headings];
}
