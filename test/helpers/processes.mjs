// Which processes are there? As /proc says.
import { readFileSync, writeFileSync } from 'node:fs';

/** False of a zombie, too. */
export function isAlive(pid) {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Those that its main thread has forked; none of a process that is gone. */
export function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(error.code)) return [];
    throw error;
  }
}

/** Its children, their children, and so on. */
export function descendants(pid) {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendants)];
}

const LAST_PID = '/proc/sys/kernel/ns_last_pid';

/** In a pid namespace of its own, before the pid is given that startAs() is to give again: the numbers before it are free. */
export function startFromFreePids() {
  writeFileSync(LAST_PID, '10000');
}

/** Starts processes until one has this pid; the others are killed. (The Node.js 24.22 of Debian sid takes nine numbers for each.) */
export function startAs(pid, start) {
  const MOST = 32;
  for (let before = 1; ; before = (before % MOST) + 1) {
    writeFileSync(LAST_PID, String(pid - before));
    const child = start();
    if (child.pid === pid) return child;
    child.kill('SIGKILL');
  }
}
