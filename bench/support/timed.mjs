// How long does it take, and how much CPU time of all processors?
import fs from 'node:fs';
import { now } from './process.mjs';

export async function timed(name, way, add) {
  const cpu = cpuTime();
  const start = now();
  const results = await way();
  add(name, now() - start);
  add(`${name}: CPU time`, cpuTime() - cpu);
  return results;
}

// Of this process, its threads and the children that have ended (proc(5)); in steps of 10 ms.
function cpuTime() {
  const fields = fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return fields.slice(11, 15).reduce((all, ticks) => all + Number(ticks), 0) * 10;
}
