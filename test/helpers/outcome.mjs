// What became of a forked child, at the latest after so many milliseconds? For fixtures: a child that hangs is killed,
// described, and counted as hung.
import posix from 'posix-fork';
import { describeProcess } from './describe-process.mjs';

export async function outcomeOf(pid, deadline = 5000) {
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    console.error(`hung for ${deadline} ms, killed:\n${describeProcess(pid)}`);
    process.kill(pid, 'SIGKILL');
  }, deadline);
  const status = await posix.waitpid(pid);
  clearTimeout(timer);
  if (hung) return 'hung';
  return status.state === 'exited' ? `exited ${status.code}` : status.signal;
}
