// An init for a container: starts a program, starts it again when it fails, reaps what it leaves behind, and passes
// signals on. `node main.mjs <program> [arguments]`
import posix from 'posix-fork';

const [program, ...args] = process.argv.slice(2);
const FIRST_DELAY = 100; // ms; doubles with each failure
const LAST_DELAY = 10_000;
const STABLE = 5_000; // ms after which a failure is a new one
const MAX_FAILURES = Number(process.env.MAX_FAILURES ?? Infinity);
const say = (text) => console.error(`supervisor: ${text}`);

let child;
let stopping = false;
let wake = () => {};

// As pid 1 we are that anyway; anywhere else we ask for it.
posix.setChildSubreaper();
process.on('SIGCHLD', () => {
  for (const { pid } of posix.reapOrphans()) say(`reaped orphan ${pid}`);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']) {
  process.on(signal, () => {
    stopping ||= signal === 'SIGTERM' || signal === 'SIGINT';
    wake();
    if (child === undefined) return;
    say(`passing on ${signal}`);
    try {
      posix.kill(-child, signal); // the whole group
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  });
}

let delay = FIRST_DELAY;
for (let failures = 0; ;) {
  const started = performance.now();
  child = posix.spawn(program, args, { pgid: 0 });
  say(`started ${program}, pid ${child}`);
  const status = await posix.waitpid(child);
  child = undefined;
  const code = status.state === 'exited' ? status.code : 128 + status.signo;
  say(status.state === 'exited' ? `it exited with ${code}` : `it was ended by ${status.signal}`);
  if (performance.now() - started > STABLE) [delay, failures] = [FIRST_DELAY, 0];
  if (code === 0 || stopping || ++failures >= MAX_FAILURES) process.exit(code);
  say(`again in ${delay} ms`);
  await new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, delay);
  });
  if (stopping) process.exit(code);
  delay = Math.min(delay * 2, LAST_DELAY);
}
