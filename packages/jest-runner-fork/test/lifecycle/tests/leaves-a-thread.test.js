const { once } = require('node:events');
const { Worker } = require('node:worker_threads');

it('leaves a thread', async () => {
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
  await once(worker, 'online');
  worker.unref();
});
