// How long does it take to build a heap of so many MB of objects, in a process of its own? build.mjs MB
import { now } from './process.mjs';

const start = now();
const heap = [];
while (process.memoryUsage().heapUsed / 1e6 < Number(process.argv[2])) {
  for (let i = 0; i < 10_000; i++) heap.push({ i, text: `${i}`, more: [i, i] });
}
console.log(now() - start, heap.length);
