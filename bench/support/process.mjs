// How does a benchmark look at a process, and fill one with memory?
import fs from 'node:fs';

/** Objects of all sizes, as programs have them, until the process has that many MB resident. */
export function fill(megabytes) {
  const heap = [];
  while (process.memoryUsage.rss() / 1e6 < megabytes) {
    for (let i = 0; i < 10_000; i++) heap.push({ i, text: `${i}`, more: [i, i] });
  }
  globalThis.ballast = heap; // alive as long as the process
  return heap;
}

/** In MB: proportional share and what is private, from smaps_rollup (proc(5)). */
export function memoryOf(pid) {
  const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const field = (name) => (Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)[1]) * 1024) / 1e6;
  return { pss: field('Pss'), private: field('Private_Clean') + field('Private_Dirty') };
}

/** CLOCK_MONOTONIC in ms: the same clock in every process of the machine. */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The same things in an order of chance: each has each neighbour as often as another. */
export function shuffled(things) {
  const all = [...things];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}
