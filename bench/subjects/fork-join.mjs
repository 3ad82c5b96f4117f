// When a 500 MB object graph is to be worked on, what costs less: a fork, a Worker that gets a copy, or doing it here?
//
// No tinybench: each sample needs a new child or Worker, and takes seconds.
import path from 'node:path';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import posix from 'posix-fork';
import { fill, now } from '../support/process.mjs';
import { sum } from '../support/sum.cjs';

export const unit = 'ms';
export const cases = (quick) =>
  quick ? [{ name: '100 MB', size: 100, rounds: 2 }] : [{ name: '500 MB', size: 500, rounds: 3 }];

export async function measure({ size, rounds }, { add, round }) {
  const graph = fill(size);
  const expected = sum(graph, 0, graph.length);
  const half = graph.length >> 1;
  const parts = [
    [0, half],
    [half, graph.length],
  ];
  const ways = {
    sequential: () => sum(graph, 0, graph.length),
    'forkRun()': async () => (await posix.forkRun(() => sum(graph, 0, graph.length))).result,
    'forkMap(), 2 parts': async () => {
      const sums = await posix.forkMap(parts, ([from, to]) => sum(graph, from, to), { concurrency: 2 });
      return (sums[0] + sums[1]) | 0;
    },
    'Worker, postMessage': async () => {
      const worker = new Worker(path.join(import.meta.dirname, '../support/sum.cjs'), {
        resourceLimits: { maxOldGenerationSizeMb: 3000 },
      });
      const ended = once(worker, 'exit');
      worker.postMessage(graph);
      const [answer] = await once(worker, 'message');
      await ended;
      return answer;
    },
  };
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    for (const [name, way] of Object.entries(ways)) {
      const start = now();
      const answer = await way();
      add(name, now() - start);
      if (answer !== expected) throw new Error(`${name}: ${answer} is not ${expected}`);
    }
  }
}
