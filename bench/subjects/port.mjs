// What does a message cost, large and small: through a ForkPort, a Worker's MessagePort, the IPC channel of child_process?
//
// No tinybench: the other end is another process or thread.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import posix from 'posix-fork';
import { now } from '../support/process.mjs';
import messages from '../support/messages.cjs';

const MB = 2 ** 20;
const OTHER = path.join(import.meta.dirname, '../support/messages.cjs');

export const unit = 'GB/s, or µs a round trip';
export const cases = (quick) =>
  [
    { name: 'views of 1 MB', size: MB, count: 256 },
    { name: 'views of 16 MB', size: 16 * MB, count: 32 },
    { name: 'round trips', size: 0, count: 2000 },
  ].map((each) => ({ ...each, rounds: quick ? 2 : 7 }));

export async function measure({ size, count, rounds }, { add, round }) {
  const child = await posix.forkRun((port) => messages.serve(port), { port: true });
  const worker = new Worker(OTHER);
  const other = fork(OTHER, { serialization: 'advanced' });
  const ways = {
    ForkPort: [child.port, (message) => child.port.postMessage(message)],
    'MessagePort of a Worker': [worker, (message) => worker.postMessage(message)],
    "child_process, 'advanced'": [other, (message) => other.send(message)],
  };
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    for (const [name, [port, post]] of Object.entries(ways)) {
      add(name, await (size > 0 ? throughput : roundTrip)(port, post, size, count));
    }
  }
  child.port.close();
  other.disconnect();
  await Promise.all([child.status, worker.terminate(), once(other, 'exit')]);
}

async function throughput(port, post, size, count) {
  const start = now();
  let left = count;
  const all = new Promise((resolve) => {
    port.on('message', function take({ length }) {
      if (length !== size) throw new Error(`${length} is not ${size}`);
      if (--left > 0) return;
      port.removeListener('message', take);
      resolve();
    });
  });
  post({ size, count });
  await all;
  return (size * count) / 1e6 / (now() - start); // ms
}

async function roundTrip(port, post, _size, count) {
  let left = count;
  const start = now();
  await new Promise((resolve) => {
    port.on('message', function take() {
      if (--left > 0) return void post(left);
      port.removeListener('message', take);
      resolve();
    });
    post(left);
  });
  return ((now() - start) / count) * 1000;
}
