// Compute on the heap that is there: a child per CPU answers one query after the other from the index that it inherited.
//
// Nothing of the index is serialised, copied or sent, nor are the queries. Who is free takes the next one; the answers come back in batches.
import { availableParallelism } from 'node:os';
import posix from 'posix-fork';
import { answer, buildIndex, makeQueries, readTexts } from './index.mjs';

const QUERIES = 3000;

const texts = readTexts();
const megabytes = texts.reduce((sum, { text }) => sum + text.length, 0) / 1e6;
const index = buildIndex(texts);
const queries = makeQueries(index, QUERIES);
console.log(`${texts.length} files, ${megabytes.toFixed(1)} MB, ${index.size} words, ${queries.length} queries`);

let start = performance.now();
const sequential = Uint32Array.from(queries, (query) => answer(index, query));
const sequentialTime = performance.now() - start;

start = performance.now();
const cpus = availableParallelism();
const answered = await posix.forkMap(queries, (query) => ({ pid: process.pid, count: answer(index, query) }));
const parallel = answered.map(({ count }) => count);
const parallelTime = performance.now() - start;

// forkMap has waited for the children already; who asks again gets the same status.
const rows = [...new Set(answered.map(({ pid }) => pid))].map((pid) => {
  const { state, code, rusage } = posix.waitpidSync(pid);
  const cpuTime = `${Math.round((rusage.userCPUTime + rusage.systemCPUTime) / 1000)} ms`;
  const count = answered.filter((each) => each.pid === pid).length;
  return { pid, queries: count, state, code, 'CPU time': cpuTime, 'max RSS': `${rusage.maxRSS >> 10} MB` };
});
console.table(rows);
const ratio = (sequentialTime / parallelTime).toFixed(2);
console.log(`one process: ${sequentialTime.toFixed(0)} ms`);
console.log(`${cpus} children:  ${parallelTime.toFixed(0)} ms, ${ratio} times as fast`);

const equal = queries.filter((_, i) => sequential[i] === parallel[i]).length;
const found = sequential.reduce((sum, count) => sum + count, 0);
console.log(`equal to the sequential answer: ${equal} of ${queries.length} queries, ${found} occurrences`);
const failed = rows.some(({ state, code }) => state !== 'exited' || code !== 0);
if (equal !== queries.length || found === 0 || failed) process.exitCode = 1;
