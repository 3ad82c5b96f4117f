// How does one wait for what no event tells?
import { setTimeout as sleep } from 'node:timers/promises';

/** Throws after `patience` ms. */
export async function until(condition, patience = 30_000) {
  const deadline = Date.now() + patience;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never: ${condition}`);
    await sleep(1);
  }
}

/** Reads a stream until it has said so; returns all that it said. */
export async function readUntil(stream, wanted) {
  let said = '';
  while (!said.includes(wanted)) {
    said += stream.read() ?? '';
    await sleep(1);
  }
  return said;
}
