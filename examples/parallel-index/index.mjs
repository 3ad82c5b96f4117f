// Which files contain a word, and how often? An inverted index over real text: the declaration files of TypeScript.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The `.d.ts` files of the installed `typescript` package, some megabytes. */
export function readTexts() {
  const directory = path.dirname(createRequire(import.meta.url).resolve('typescript'));
  return readdirSync(directory)
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => ({ name, text: readFileSync(path.join(directory, name), 'utf8') }));
}

/** word → (number of the file → how often): an object graph that would be slow to send to another process. */
export function buildIndex(texts) {
  const index = new Map();
  texts.forEach(({ text }, file) => {
    for (const [word] of text.toLowerCase().matchAll(/[a-z_$][\w$]{2,}/g)) {
      let files = index.get(word);
      if (!files) index.set(word, (files = new Map()));
      files.set(file, (files.get(file) ?? 0) + 1);
    }
  });
  return index;
}

/** How often do the files that contain all words of the query contain them, in sum? Words may be prefixes ("prom*"). */
export function answer(index, query) {
  const lists = query.split(' ').map((word) => filesOf(index, word));
  let sum = 0;
  for (const [file] of lists[0]) {
    if (lists.every((files) => files.has(file))) for (const files of lists) sum += files.get(file);
  }
  return sum;
}

function filesOf(index, word) {
  if (!word.endsWith('*')) return index.get(word) ?? new Map();
  const prefix = word.slice(0, -1);
  const union = new Map();
  for (const [each, files] of index) {
    if (each.startsWith(prefix)) for (const [file, count] of files) union.set(file, (union.get(file) ?? 0) + count);
  }
  return union;
}

/** A few thousand queries, made of the index's own words: the same ones at every run. */
export function makeQueries(index, count) {
  const words = [...index.keys()].sort();
  return Array.from({ length: count }, (_, i) => {
    const a = words[(i * 7919) % words.length];
    const b = words[(i * 104_729 + 13) % words.length];
    return i % 3 === 0 ? `${a.slice(0, 3)}* ${b}` : i % 3 === 1 ? `${a} ${b}` : `${a.slice(0, 4)}*`;
  });
}
