// Which words are the most frequent in a large text? Children of a pool have inherited it, and are told only where to look.
import posix from 'posix-fork';
import { readTexts } from '../parallel-index/index.mjs';

const SECTION = 1_000_000; // characters

const text = readTexts()
  .map((file) => file.text)
  .join('\n')
  .repeat(4);
console.log(`${(text.length / 1e6).toFixed(1)} MB of text`);

let start = performance.now();
const expected = countWords(0, text.length);
const sequential = performance.now() - start;

start = performance.now();
const counts = new Map();
const pool = posix.forkPool(({ from, to }) => countWords(from, to));
for await (const [, some] of pool.map(sections())) {
  for (const [word, count] of some) counts.set(word, (counts.get(word) ?? 0) + count);
}
const children = pool.children;
await pool.close();
const parallel = performance.now() - start;

const ranking = [...counts].sort(([, a], [, b]) => b - a);
console.table(ranking.slice(0, 5).map(([word, count]) => ({ word, count })));
console.table(children);
console.log(`one process: ${sequential.toFixed(0)} ms; the pool: ${parallel.toFixed(0)} ms`);
const equal = counts.size === expected.size && ranking.every(([word, count]) => expected.get(word) === count);
console.log(equal ? 'both count the same' : 'they do not count the same');
if (!equal) process.exitCode = 1;

// Each ends between two words.
function* sections() {
  for (let from = 0, to; from < text.length; from = to) {
    to = Math.min(from + SECTION, text.length);
    while (to < text.length && /\w/.test(text[to])) to++;
    yield { from, to };
  }
}

function countWords(from, to) {
  const words = new Map();
  for (const [word] of text.slice(from, to).matchAll(/\w+/g)) words.set(word, (words.get(word) ?? 0) + 1);
  return words;
}
