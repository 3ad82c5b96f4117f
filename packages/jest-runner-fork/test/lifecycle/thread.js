// The template has a thread from its start.
const { isMainThread, Worker } = require('node:worker_threads');

if (isMainThread && process.argv[1].endsWith('template-process.js'))
  new Worker('setInterval(() => {}, 1000)', { eval: true }).unref();
