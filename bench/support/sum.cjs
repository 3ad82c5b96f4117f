// Some work on each object of a graph; as a Worker, on the graph that it is sent.
const { parentPort } = require('node:worker_threads');

exports.sum = function sum(graph, from, to) {
  let total = 0;
  for (let i = from; i < to; i++) {
    const { text, more } = graph[i];
    let hash = 0;
    for (let j = 0; j < 20; j++) {
      for (let k = 0; k < text.length; k++) hash = (hash * 31 + text.charCodeAt(k) + more[0]) | 0;
    }
    total = (total + hash) | 0;
  }
  return total;
};

if (parentPort) {
  parentPort.once('message', (graph) => parentPort.postMessage(exports.sum(graph, 0, graph.length)));
}
