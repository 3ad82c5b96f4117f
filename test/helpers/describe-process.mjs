// What does a process that hangs wait in? Its state, the system call of each of its threads, and where gdb is installed what has
// called that.
import { spawnSync } from 'node:child_process';
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
  return [`  ${pid} ${read('status').match(/^State:.*/m)?.[0]}`, ...threads, ...backtrace(pid)].join('\n');
}

// Of the main thread.
function backtrace(pid) {
  const args = ['-batch', '-nx', '-p', pid, '-ex', 'bt 20'];
  const { stdout } = spawnSync('gdb', args.map(String), {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (stdout ?? '')
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .map((line) => `    ${line}`);
}
