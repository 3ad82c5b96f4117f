// Does a fork work here? One is tried, in a process of its own, whose child does what the repair is for: it collects garbage,
// compiles, uses libuv's pool, and exits. Nothing that the program has changed (its own `process`, NODE_OPTIONS, its working
// directory, which may be gone) decides.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

/** @internal */
export type Trial =
  /** How long it took until `fork()` had returned in the parent. */
  | { ok: true; milliseconds: number }
  /** `tried`: false if no process could be started for it, or if that one was short of threads, memory or descriptors. */
  | { ok: false; error: string; tried: boolean };

const DEADLINE = 20_000; // of all of it
// The child takes 20 to 60 ms. A child that hangs sleeps: if none of its threads has run, or was ready to, for a second, it has
// failed. A child that only waits for a processor, or runs under an emulator, has more time. (Beside a load of 12, a child of
// `nice -n 19` needed more than 5 s.)
const ASLEEP = 1000;
const CHILD_DEADLINE = 15_000;

// This executable, even if the program has put something else into `process.execPath`, or if its file was replaced by a newer one.
const EXECUTABLE = '/proc/self/exe';
const FORKS = 'forks'; // what that process says before it does
const SHORT = /could not be set up: pthread_create: .*|^\w*Error: (?:EAGAIN|ENOMEM|EMFILE|ENFILE): .*/m;

const PROGRAM = `
  const posix = require(process.argv[1]);
  require('node:v8').setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  require('node:fs').writeSync(1, '${FORKS}\\n');
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
    // Without a prototype: no `shell` or `uid` that a program has put on all objects.
    const options = Object.assign(Object.create(null) as object, {
      encoding: 'utf8' as const,
      timeout: DEADLINE,
      killSignal: 'SIGKILL' as const,
      cwd: '/',
      env: environment(),
    });
    child = spawnSync(EXECUTABLE, ['-e', PROGRAM, path.join(__dirname, '../index.js')], options);
  } catch (error) {
    return { ok: false, error: (error as Error).message, tried: false }; // --permission
  }
  const { status, signal, stdout, stderr, error } = child;
  if (error) return { ok: false, error: error.message, tried: false };
  const forks = stdout.startsWith(FORKS);
  if (status === 0 && forks) return { ok: true, milliseconds: Number(stdout.slice(FORKS.length)) };
  const short = SHORT.exec(stderr)?.[0];
  if (short !== undefined) return { ok: false, error: short, tried: false };
  const end = signal === null ? `it exited with code ${status}` : `it was ended by ${signal}`;
  return { ok: false, error: /^\w*Error.*/m.exec(stderr)?.[0] ?? end, tried: forks };
}

// What the loader needs, but nothing that would preload code of the program's, open a debugger's port, ask for coverage or a profile, or
// have that process try a fork in its turn.
function environment(): NodeJS.ProcessEnv {
  const all = Object.entries({ ...process.env }).filter(([name]) => !/^(?:NODE_|POSIX_FORK_)/.test(name));
  // Where NODE_V8_COVERAGE is not said to be none, Node.js adds the program's.
  return { ...Object.fromEntries(all), POSIX_FORK_TRIAL: 'skip', NODE_V8_COVERAGE: undefined };
}

// Where the executable is no plain Node.js, it would run the program again.
function whyNoNode(): string | undefined {
  // A program may have replaced all of it.
  const versions = process.versions as NodeJS.ProcessVersions | undefined;
  if (versions?.electron !== undefined) return 'the executable is Electron';
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- Node.js 20.12 and later have it
    if ((require('node:sea') as { isSea(): boolean }).isSea()) return 'the program is an executable of its own';
  } catch {
    return undefined;
  }
  return undefined;
}
