// Does a fork work here? One is tried, in a process of its own, whose child does what the repair is for: it collects garbage,
// compiles, uses libuv's pool, and exits.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** @internal */
export type Trial =
  /** How long it took until `fork()` had returned in the parent. */
  | { ok: true; milliseconds: number }
  /** `tried`: false if no process could be started for it. */
  | { ok: false; error: string; tried: boolean };

const DEADLINE = 20_000; // of all of it
// The child takes 20 to 60 ms. A child that hangs sleeps: if none of its threads has run, or was ready to, for a second, it has
// failed. A child that only waits for a processor, or runs under an emulator, has more time. (Beside a load of 12, a child of
// `nice -n 19` needed more than 5 s.)
const ASLEEP = 1000;
const CHILD_DEADLINE = 15_000;

const PROGRAM = `
  const posix = require(process.argv[1]);
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  const start = performance.now();
  const pid = posix.fork();
  const milliseconds = performance.now() - start;
  if (pid === 0) {
    let kept = [];
    for (let i = 0; i < 300000; i++) kept.push({ i, text: 'text ' + (i % 100) }); // scavenges
    gc();
    let sum = 0;
    const hot = (n) => { for (let i = 0; i < n; i++) sum = (sum + kept[i % kept.length].i * i) | 0; };
    for (let i = 0; i < 100; i++) hot(20000); // compiled by the threads of V8
    const stats = Array.from({ length: 8 }, () => require('node:fs').promises.stat(process.argv[1])); // by those of libuv
    Promise.all(stats).then(() => { process.exitCode = 42; });
  } else {
    const { readdirSync, readFileSync } = require('node:fs');
    let ran = -1;
    let since = start;
    const look = setInterval(() => {
      let now = 0;
      let ready = false;
      try {
        for (const tid of readdirSync('/proc/' + pid + '/task')) {
          const task = '/proc/' + pid + '/task/' + tid;
          now += Number(readFileSync(task + '/schedstat', 'latin1').split(' ')[0]);
          ready ||= /\\) [RD]/.test(readFileSync(task + '/stat', 'latin1'));
        }
      } catch {
        ready = true; // a thread, or all of it, has ended
      }
      const time = performance.now();
      if (now !== ran || ready) since = time;
      ran = now;
      if (time - since > ${ASLEEP} || time - start > ${CHILD_DEADLINE}) posix.kill(pid, 'SIGKILL');
    }, 100);
    posix.waitpid(pid).then((status) => {
      clearInterval(look);
      if (status.state !== 'exited' || status.code !== 42) throw new Error('the child ended with ' + JSON.stringify(status));
      console.log(JSON.stringify(milliseconds));
    });
  }`;

/** Blocks for 0.1 to 0.3 seconds. @internal */
export function tryFork(): Trial {
  const other = whyNoNode();
  if (other !== undefined) return { ok: false, error: other, tried: false };
  let child;
  try {
    child = spawnSync(process.execPath, ['-e', PROGRAM, path.join(__dirname, '../index.js')], {
      encoding: 'utf8',
      timeout: DEADLINE,
      killSignal: 'SIGKILL',
      env: { ...process.env, POSIX_FORK_TRIAL: 'skip' }, // that process does not try it in its turn
    });
  } catch (error) {
    return { ok: false, error: (error as Error).message, tried: false }; // --permission
  }
  const { status, signal, stdout, stderr, error } = child;
  if (error) return { ok: false, error: error.message, tried: false };
  if (status === 0) return { ok: true, milliseconds: Number(stdout) };
  const end = signal === null ? `it exited with code ${status}` : `it was ended by ${signal}`;
  return { ok: false, error: stderr.match(/^\w*Error.*/m)?.[0] ?? end, tried: true };
}

// Where the executable is no plain Node.js, it would run the program again.
function whyNoNode(): string | undefined {
  if (process.versions.electron !== undefined) return 'the executable is Electron';
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- Node.js 20.12 and later have it
    if ((require('node:sea') as { isSea(): boolean }).isSea()) return 'the program is an executable of its own';
  } catch {
    return undefined;
  }
  return undefined;
}
