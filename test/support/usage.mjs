// How much does this process hold?
import { readdirSync, readFileSync } from 'node:fs';

export function descriptors() {
  return readdirSync('/proc/self/fd').length;
}

/** Anonymous memory alone: pages of the binary come and go. */
export function residentMegabytes() {
  return Number(readFileSync('/proc/self/status', 'utf8').match(/^RssAnon:\s+(\d+)/m)[1]) / 1024;
}
