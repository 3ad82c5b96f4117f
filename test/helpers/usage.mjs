// How much does this process hold?
import { openSync, readdirSync, readFileSync, readSync } from 'node:fs';

export function descriptors() {
  return readdirSync('/proc/self/fd').length;
}

/** Anonymous memory alone: pages of the binary come and go. */
export function residentMegabytes() {
  return Number(readFileSync('/proc/self/status', 'utf8').match(/^RssAnon:\s+(\d+)/m)[1]) / 1024;
}

/** Reads how long this thread has run, in milliseconds. Unlike the clock it does not count what other processes take. */
export function threadClock() {
  const fd = openSync('/proc/thread-self/schedstat');
  const text = Buffer.alloc(64);
  return () => Number(text.toString('latin1', 0, readSync(fd, text, 0, 64, 0)).split(' ')[0]) / 1e6;
}
