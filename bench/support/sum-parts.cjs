// A Worker that has a graph of its own, and takes the next part from a counter that all share.
const { parentPort, workerData } = require('node:worker_threads');
const { sum } = require('./sum.cjs');

const { graph, counter, parts, size } = workerData;
const sums = [];
for (let i = Atomics.add(counter, 0, 1); i < parts; i = Atomics.add(counter, 0, 1)) {
  sums.push([i, sum(graph, (i % 8) * size, ((i % 8) + 1) * size)]);
}
parentPort.postMessage(sums);
