// Where and how does the busy parent fork, and what became of each child?
//
// In the callback that was least forked in so far. A child has its own standard error, so that what it says can be told
// from what the others say.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import posix from 'posix-fork';
import { ENDS, workAtOnce, workInChild } from './child.mjs';

const AT_ONCE = 3; // children; there may be two processors
const DEADLINE = 15_000; // ms
const NEVER = new Promise(() => {});
// Node's code below these callbacks goes on as they return, in the child, too: it unpacks the next part, it parses what else
// came with the same read. What of the same job runs in the child then was on the stack.
const ON_THE_STACK = /: (data|response)$|^server: request$/;
// What V8 compiles is finished in both (docs/what-a-child-is.md).
const GOES_ON = 'WebAssembly';

/**
 * The places to fork in (`cb`, `at`), `start()`, which lets it begin, and what came of it.
 *
 * `modes`: 'fork', 'forkRun', 'forkMap', 'keep', 'inherit' (the child has everything of the parent's, and its loop turns), 'inherit
 * at once' (it exits before its loop turns). They take turns, `count` forks each. `socket`: what is kept; `heard`: what came out at its
 * other end.
 */
export function makeForks({ modes, count, folder, socket, heard }) {
  const parent = process.pid;
  const violations = path.join(folder, 'violations');
  const violationsFd = fs.openSync(violations, 'a');
  const forkedIn = new Map(); // place → how often
  const alive = new Set(); // promises
  const wrong = [];
  const left = modes.length * count;
  let started = false;
  let counting; // in a child: where it was forked; what runs from here on is not what was on the stack
  let forks = 0;
  let floor = 0;
  let here = false; // forkRun() is for the first callback after it: one at a time

  // True in a child, whose code is to end here.
  function isPlace(place) {
    if (process.pid !== parent) {
      const stacked = counting && ON_THE_STACK.test(counting.place) && jobOf(counting.place) === jobOf(place);
      if (counting && !stacked && place !== GOES_ON)
        fs.writeSync(violationsFd, `${counting.mode} in ${counting.place}: ${place}\n`);
      return true;
    }
    const times = forkedIn.get(place) ?? 0;
    forkedIn.set(place, times);
    if (!started || here || forks === left || alive.size >= AT_ONCE || times > floor || Math.random() < 0.5)
      return false;
    forkedIn.set(place, times + 1);
    return forkIn(place);
  }

  function forkIn(place) {
    const n = forks++;
    const mode = modes[n % modes.length];
    const end = ENDS[Math.floor(n / modes.length) % ENDS.length];
    const what = { n, mode, place };
    if (mode === 'forkRun' || mode === 'forkMap') {
      here = true;
      const done = runIn(what).then(
        () => {},
        (error) => wrong.push({ ...what, outcome: String(error.stack), ...said(n) }),
      );
      here = false;
      return remember(done);
    }
    const options = { keep: mode === 'keep' ? [socket] : [], inherit: mode.startsWith('inherit') ? 'all' : 'stack' };
    const pid = posix.fork({ threads: 'ignore', ...options });
    if (pid !== 0) return remember(watch(pid, { ...what, end }));
    redirect(n);
    if (mode === 'inherit at once') {
      workAtOnce();
      return posix._exit(end.code);
    }
    beChild({ ...what, end });
    return true;
  }

  // What was on the stack, and in the queue, is the child's as well: microtasks and ticks run in both.
  async function beChild({ n, mode, place, end }) {
    try {
      for (let i = 0; i < 50; i++) {
        await null;
        await new Promise((resolve) => process.nextTick(resolve));
      }
      if (mode !== 'inherit') counting = { mode, place };
      await workInChild(n);
      if (mode === 'keep') await new Promise((resolve) => socket.write(`${n}\n`, resolve));
      if (mode === 'keep') socket.unref();
      if (mode === 'inherit' && end.name === 'nothing left') process.exit(7); // the parent's servers would hold it
    } catch (error) {
      console.error(error);
      posix._exit(99);
    }
    end.exit();
  }

  async function runIn({ n, mode }) {
    const main = async (x) => {
      redirect(n);
      counting = { mode, place: '' }; // its stack is empty
      await workInChild(n);
      return x * 2;
    };
    const deadline = AbortSignal.timeout(DEADLINE);
    if (mode === 'forkMap') {
      const results = await posix.forkMap([1, 2], main, {
        threads: 'ignore',
        concurrency: 2,
        itemsPerChild: 1,
        signal: deadline,
      });
      if (results.join() !== '2,4') throw new Error(`forkMap() gave ${results}`);
      return;
    }
    const child = await posix.forkRun(() => main(21), { threads: 'ignore' });
    const timer = setTimeout(() => {
      wrong.push({ n, hung: describe(child.pid) });
      child.kill('SIGKILL');
    }, DEADLINE);
    const result = await child.result.finally(() => clearTimeout(timer));
    const { code } = await child.status;
    if (result !== 42 || code !== 0) throw new Error(`forkRun() gave ${result} and ${code}`);
  }

  async function watch(pid, { end, ...what }) {
    let hung;
    const timer = setTimeout(() => {
      hung = describe(pid);
      posix.kill(pid, 'SIGKILL');
    }, DEADLINE);
    const { signal, code } = await posix.waitpid(pid);
    if (isPlace('waitpid')) return NEVER;
    clearTimeout(timer);
    const { stderr } = said(what.n);
    const saidWell =
      end.name === 'exception' && what.mode !== 'inherit at once' ? stderr.includes('on purpose') : stderr === '';
    const silent = what.mode === 'keep' && !(await isHeard(what.n));
    if (code === end.code && saidWell && !silent) return;
    wrong.push({ ...what, end: end.name, outcome: signal ?? code, hung, stderr, silent });
  }

  // It wrote to what it had kept, before it ended.
  async function isHeard(n) {
    for (let i = 0; i < 500 && !heard.has(`${n}`); i++) await sleep(10);
    return heard.has(`${n}`);
  }

  function remember(done) {
    alive.add(done);
    done.then(() => alive.delete(done));
    return false;
  }

  const stderrOf = (n) => path.join(folder, `stderr-${n}`);

  function redirect(n) {
    const fd = fs.openSync(stderrOf(n), 'a');
    posix.dup2(fd, 2);
    fs.closeSync(fd);
  }

  function said(n) {
    return { stderr: fs.existsSync(stderrOf(n)) ? fs.readFileSync(stderrOf(n), 'utf8').slice(0, 2000) : '' };
  }

  return {
    /** A callback to fork in. */
    cb: (place, callback) =>
      function (...args) {
        return isPlace(place) ? NEVER : callback.apply(this, args);
      },
    /** What comes after an await, to fork in. */
    async at(place, promise) {
      const value = await promise;
      return isPlace(place) ? NEVER.then(() => value) : value; // held, not collected in the child
    },
    start: () => (started = true),
    /** All places have had their turn. */
    nextFloor: () => floor++,
    get forks() {
      return forks;
    },
    get over() {
      return forks === left;
    },
    ended: () => Promise.all(alive),
    report: () => ({
      forks,
      places: forkedIn.size,
      placesForkedIn: [...forkedIn.values()].filter((times) => times > 0).length,
      wrong,
      violations: fs.readFileSync(violations, 'utf8').split('\n').filter(Boolean),
    }),
  };
}

function jobOf(place) {
  return place.split(':')[0];
}

// What the threads of a child that hangs are at.
function describe(pid) {
  const read = (file) => {
    try {
      return fs.readFileSync(`/proc/${pid}/task/${file}`, 'utf8').trim();
    } catch {
      return '?';
    }
  };
  return fs
    .readdirSync(`/proc/${pid}/task`)
    .map((tid) => `${read(`${tid}/comm`)} ${read(`${tid}/wchan`)} ${read(`${tid}/syscall`)}`);
}
