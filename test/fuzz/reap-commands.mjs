// What may happen around the reap table? Each command does one thing, and asks the model whether the answer was allowed.
import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { closeSync, readSync, writeSync } from 'node:fs';
import { constants as os } from 'node:os';
import fc from 'fast-check';
import posix from 'posix-fork';
import { blockUntil, Child, stateOf, Wait } from './reap-model.mjs';

const { WNOHANG, WUNTRACED, WCONTINUED } = posix.constants;
const SCRIPT = ['-c', 'read code; exit "$code"'];
const SIGNALS = ['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGRTMIN+1'];
const BARE = 42;
const NOBODY = 2 ** 22 + 7;

const pick = (list, index) => list[index % list.length];
const signalled = (signal) => {
  const signo = os.signals[signal] ?? 35;
  return { state: 'signaled', signal, signo, coreDumped: false };
};
const word = ({ untraced, continued }) => (untraced ? WUNTRACED : 0) | (continued ? WCONTINUED : 0);

// A child that waits for its exit code on a pipe; a bare one ends at once.
function start(model, how, group) {
  const ownGroup = group && how !== 'bare';
  const [readFd, order] = posix.pipe();
  let pid;
  if (how === 'spawn') {
    pid = posix.spawn('sh', SCRIPT, { fds: { 0: readFd }, ...(ownGroup && { pgid: 0 }) });
  } else {
    pid = posix.fork({ runtime: how });
    if (pid === 0 && how === 'bare') posix._exit(BARE); // all that such a child may do
    if (pid === 0) {
      try {
        if (ownGroup) posix.setpgid(0, 0);
        closeSync(order);
        for (const child of model.children) if (child.order !== undefined) closeSync(child.order);
        const buffer = Buffer.alloc(8);
        posix._exit(Number(buffer.toString('latin1', 0, readSync(readFd, buffer))));
      } finally {
        posix._exit(99);
      }
    }
    if (ownGroup) blockUntil('its own group', () => posix.getpgid(pid) === pid);
  }
  closeSync(readFd);
  const child = new Child(pid, ownGroup ? pid : posix.getpgrp(), order);
  child.born = model.time;
  model.children.push(child);
  if (how === 'bare') end(child, { state: 'exited', code: BARE }, () => {}, false);
}

function end(child, expected, act, settle) {
  act();
  closeSync(child.order);
  child.order = undefined;
  child.expected = expected;
  child.state = 'dying';
  if (settle) child.settle();
}

export function order(child, code, settle) {
  end(child, { state: 'exited', code }, () => writeSync(child.order, `${code}\n`), settle);
}

function change(child, signal, kind, reached, model) {
  posix.kill(child.pid, signal);
  blockUntil(kind, () => reached(stateOf(child.pid)));
  child.state = kind === 'stopped' ? 'stopped' : 'running';
  child.changes.push({ time: model.time, kind });
}

function selectorOf(model, index) {
  const groups = new Set(model.children.map(({ group }) => -group));
  return pick([-1, -1, 0, ...groups], index);
}

function startWait(model, { child, selector, flags, abortable }) {
  const controller = abortable ? new AbortController() : undefined;
  const options = { ...flags, ...(controller && { signal: controller.signal }) };
  const meant = selector === 0 ? -posix.getpgrp() : selector;
  const wait = new Wait(model, { child, selector: meant, flags, controller });
  wait.follow(selector === -1 ? posix.wait(options) : posix.waitpid(child?.pid ?? selector, options));
  model.waits.push(wait);
}

// A wait for one child that blocks, or looks once.
function waitSyncOne(model, child, flags, block) {
  const wait = new Wait(model, { child, flags });
  const vague = model.anys.some((any) => any.matches(child) && word(any) !== 0); // it may have been told already
  const blocks = block && !child.alive;
  const { untold, change, state } = child;
  const status = posix.waitpidSync(child.pid, word(flags) | (blocks ? 0 : WNOHANG));
  if (status) return model.judge(wait, { status });
  assert.ok(!blocks, 'null from a wait that blocks');
  assert.notEqual(state, 'dead', `null for ${child.pid}, which has ended`);
  assert.ok(
    vague || !child.alive || !untold || !wait.untold.has(child),
    `null for ${child.pid}, which ${change?.kind}`,
  );
}

function waitSyncAny(model, selector, flags, block) {
  for (const child of model.children) child.settle();
  model.look();
  const wait = new Wait(model, { selector: selector === 0 ? -posix.getpgrp() : selector, flags });
  const before = model.anys;
  const unreaped = model.of(wait).filter((each) => each.unreaped);
  const ended = unreaped.filter(({ state }) => state === 'dead');
  const certain = ended.length > before.length || unreaped.length === 0;
  const vague = before.some((any) => word(any) !== 0);
  let status;
  try {
    status = posix.waitpidSync(selector, word(flags) | (block && certain ? 0 : WNOHANG));
  } catch (error) {
    assert.equal(error.code, 'ECHILD', error.stack);
    return assert.ok(ended.length === unreaped.length && ended.length <= before.length, 'ECHILD beside children');
  }
  if (status) return model.judge(wait, { status });
  assert.ok(unreaped.length > 0, 'null, and there is no child');
  assert.ok(ended.length <= before.length, `null beside ${ended.map(({ pid }) => pid)}, which have ended`);
  assert.ok(vague || wait.untold.size === 0, 'null beside a change');
}

function startForeign(model) {
  const child = childProcess.spawn('sh', SCRIPT, { stdio: ['pipe', 'ignore', 'ignore'] });
  const foreign = { pid: child.pid, ordered: undefined, code: undefined, child };
  child.on('close', (code) => (foreign.code = code));
  model.foreign.push(foreign);
}

export function orderForeign(foreign, code) {
  foreign.ordered = code;
  foreign.child.stdin.end(`${code}\n`);
}

async function refused(pid, code) {
  await assert.rejects(posix.waitpid(pid), { code });
  assert.throws(() => posix.waitpidSync(pid, WNOHANG), { code });
}

const nat = fc.nat({ max: 20 });
const code = fc.nat({ max: 255 });
const flags = fc.constantFrom({}, {}, {}, { untraced: true }, { continued: true }, { untraced: true, continued: true });
const bool = fc.boolean();
const running = (model) => model.children.filter(({ state }) => state === 'running');
const stopped = (model) => model.children.filter(({ state }) => state === 'stopped');
const told = (model) => model.children.filter(({ status }) => status !== undefined);
const abortable = (model) => model.waits.filter(({ controller }) => controller && !controller.signal.aborted);

// Name: what it needs one of, the kinds of its arguments, how often it is chosen, what it does.
const COMMANDS = {
  start: {
    args: [fc.constantFrom('full', 'bare', 'spawn'), bool],
    weight: 5,
    needs: ({ children }) => children.length < 8,
    run: (model, how, ownGroup) => start(model, how, ownGroup),
  },
  exit: {
    list: running,
    args: [code, bool],
    weight: 4,
    run: (model, child, code, settle) => order(child, code, settle),
  },
  signal: {
    list: running,
    args: [fc.constantFrom(...SIGNALS), bool],
    weight: 2,
    run: (model, child, signal, settle) => end(child, signalled(signal), () => posix.kill(child.pid, signal), settle),
  },
  killStopped: {
    list: stopped,
    args: [],
    run: (model, child) => end(child, signalled('SIGKILL'), () => posix.kill(child.pid, 'SIGKILL'), true),
  },
  stop: {
    list: running,
    args: [],
    weight: 2,
    run: (model, child) => change(child, 'SIGSTOP', 'stopped', (state) => state === 'T', model),
  },
  continue: {
    list: stopped,
    args: [],
    weight: 2,
    run: (model, child) => change(child, 'SIGCONT', 'continued', (state) => state !== 'T', model),
  },
  wait: {
    list: ({ children }) => children,
    args: [flags, bool],
    weight: 5,
    run: (model, child, flags, abortable) => startWait(model, { child, flags, abortable }),
  },
  waitAny: {
    args: [nat, flags, bool],
    weight: 4,
    run: (model, group, flags, abortable) => startWait(model, { selector: selectorOf(model, group), flags, abortable }),
  },
  waitSync: {
    list: ({ children }) => children,
    args: [flags, bool],
    weight: 3,
    run: (model, child, flags, block) => waitSyncOne(model, child, flags, block),
  },
  waitSyncAny: {
    args: [nat, flags, bool],
    weight: 3,
    run: (model, group, flags, block) => waitSyncAny(model, selectorOf(model, group), flags, block),
  },
  abort: { list: abortable, args: [], weight: 2, run: (model, wait) => wait.controller.abort() },
  turn: { args: [], weight: 4, run: (model) => model.turn() },
  askAgain: {
    list: told,
    args: [],
    run: (model, child) => assert.deepEqual(posix.waitpidSync(child.pid, WNOHANG), child.status),
  },
  probe: {
    list: ({ children }) => children,
    args: [],
    run(model, child) {
      if (child.unreaped) posix.kill(child.pid, 0);
      else assert.throws(() => posix.kill(child.pid, 0), { code: 'ESRCH' });
    },
  },
  list: {
    args: [],
    run(model) {
      const mine = posix.children().filter(({ pid }) => model.children.some((each) => each.pid === pid));
      const expected = model.children.map(({ pid, unreaped }) => ({ pid, state: unreaped ? 'live' : 'reaped' }));
      assert.deepEqual(
        mine.map(({ pid, state }) => ({ pid, state })),
        expected,
      );
      for (const { pid, status } of mine) {
        const child = model.children.find((each) => each.pid === pid);
        if (status && child.status) assert.deepEqual(status, child.status);
      }
    },
  },
  foreign: {
    args: [],
    needs: ({ foreign }) => foreign.length < 2,
    async run(model) {
      startForeign(model);
      await refused(model.foreign.at(-1).pid, 'ERR_CHILD_NOT_OURS');
    },
  },
  exitForeign: {
    list: ({ foreign }) => foreign.filter(({ ordered }) => ordered === undefined),
    args: [code],
    run: (model, foreign, code) => orderForeign(foreign, code),
  },
  waitForeign: {
    list: ({ foreign }) => foreign,
    args: [],
    async run(model, { pid, ordered, code }) {
      assert.ok(code === undefined || code === ordered, `child_process was told ${code}, not ${ordered}`);
      await refused(pid, stateOf(pid) === undefined ? 'ECHILD' : 'ERR_CHILD_NOT_OURS');
    },
  },
  waitNobody: { args: [fc.constantFrom(NOBODY, process.pid, 1, -NOBODY)], run: (model, pid) => refused(pid, 'ECHILD') },
};

class Command {
  constructor(name, args) {
    Object.assign(this, { name, args });
  }
  check(model) {
    const { list, needs } = COMMANDS[this.name];
    return list ? list(model).length > 0 : (needs?.(model) ?? true);
  }
  async run(model) {
    const { list, run } = COMMANDS[this.name];
    const [index, ...rest] = this.args;
    await run(model, ...(list ? [pick(list(model), index), ...rest] : this.args));
    await model.microtasks();
  }
  toString() {
    return `${this.name}(${this.args.map((each) => JSON.stringify(each)).join(', ')})`;
  }
}

/** Arbitrary commands, as `fc.commands` wants them. */
export const commands = Object.entries(COMMANDS).flatMap(([name, { list, args, weight = 1 }]) => {
  const arbitrary = fc.tuple(...(list ? [nat] : []), ...args).map((args) => new Command(name, args));
  return Array.from({ length: weight }, () => arbitrary);
});
