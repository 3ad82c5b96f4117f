// What does a process that hangs wait in? Its state, and the system call of each of its threads.
import { readdirSync, readFileSync } from 'node:fs';

export function describeProcess(pid) {
  const read = (file) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8').trim();
    } catch {
      return '?'; // it is gone
    }
  };
  let tids = [];
  try {
    tids = readdirSync(`/proc/${pid}/task`);
  } catch {
    // so it is
  }
  const threads = tids.map((tid) => `    ${tid} ${read(`task/${tid}/comm`)}: ${read(`task/${tid}/syscall`)}`);
  return [`  ${pid} ${read('status').match(/^State:.*/m)?.[0]}`, ...threads].join('\n');
}
