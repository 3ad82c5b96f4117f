// Which answer may a wait get? What the manual promises, kept beside what happens: every child, every wait, and who was told
// what. Whether the kernel still has a child is asked of /proc, not of the package.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const HANGS_AFTER = 5000; // ms

/** The letter of /proc/<pid>/stat: Z, T, …, once all of its threads have come to that; undefined: there is none any more. */
export function stateOf(pid) {
  const letter = letterOf(`/proc/${pid}`);
  if (letter !== 'Z' && letter !== 'T') return letter;
  const others = readdirSync(`/proc/${pid}/task`).filter((tid) => tid !== String(pid));
  return others.every((tid) => letter === 'T' && letterOf(`/proc/${pid}/task/${tid}`) === 'T') ? letter : 'R';
}

function letterOf(directory) {
  try {
    return readFileSync(`${directory}/stat`, 'utf8').split(') ').at(-1)[0];
  } catch {
    return undefined;
  }
}

export function blockUntil(what, condition) {
  const end = Date.now() + HANGS_AFTER;
  while (!condition()) {
    assert.ok(Date.now() < end, `never comes: ${what}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.2);
  }
}

export class Child {
  state = 'running'; // or 'stopped'; 'dying': it has got what ends it; 'dead'
  expected = undefined; // how it ends
  status = undefined; // as it was told first
  anyTold = undefined; // which wait for any child was told of its end
  changes = []; // { time, kind }
  consumed = 0; // up to which time

  constructor(pid, group, order) {
    Object.assign(this, { pid, group, order });
  }
  get unreaped() {
    return stateOf(this.pid) !== undefined;
  }
  get alive() {
    return this.state === 'running' || this.state === 'stopped';
  }
  /** The kernel keeps the last one only. */
  get change() {
    return this.changes.at(-1);
  }
  get untold() {
    return this.state !== 'dead' && this.change !== undefined && this.change.time > this.consumed;
  }
  /** Until its end, which is certain, can be seen. */
  settle() {
    blockUntil(`the end of ${this.pid}`, () => this.state !== 'dying' || this.hasEnded());
  }
  hasEnded() {
    if ([undefined, 'Z'].includes(stateOf(this.pid))) this.state = 'dead';
    return this.state === 'dead';
  }
}

export const asksFor = (wait, kind) => (kind === 'stopped' ? wait.untraced : wait.continued) === true;

export class Wait {
  outcome = undefined; // { status } or { error }
  seen = false;
  mayRefuse = false; // at some time there was nobody left to wait for

  // `child`: the one that is meant; without: any that `matches`.
  constructor(model, { child, selector, flags = {}, controller }) {
    Object.assign(this, { ...flags, child, selector, controller, time: model.time });
    const candidates = model.children.filter((each) => this.matches(each));
    this.unreaped = new Set(candidates.filter((each) => each.unreaped));
    this.untold = new Set(candidates.filter((each) => each.untold && asksFor(this, each.change.kind)));
  }
  matches(child) {
    if (this.child) return this.child === child;
    return this.selector === -1 || this.selector === -child.group;
  }
  follow(promise) {
    promise.then(
      (status) => (this.outcome = { status }),
      (error) => (this.outcome = { error }),
    );
  }
}

export class Model {
  time = 1;
  children = [];
  waits = []; // those that have not been told
  foreign = [];
  newlyTold = []; // [child, wait] since the last turn, of waits for any child

  of(wait) {
    return this.children.filter((each) => wait.matches(each));
  }
  get anys() {
    return this.waits.filter(({ child }) => !child);
  }

  /** What is told at once needs no turn of the loop. */
  async microtasks() {
    for (let i = 0; i < 20; i++) await null;
    this.look();
    for (const any of this.anys) if (!this.of(any).some(({ unreaped }) => unreaped)) any.mayRefuse = true;
    this.time++;
  }

  /** Until everybody has been told who must be; who has not been by then never will be. */
  async turn() {
    const end = Date.now() + HANGS_AFTER;
    for (;;) {
      await sleep(1);
      this.look();
      const missing = this.missing();
      if (missing === undefined) break;
      assert.ok(Date.now() < end, `hangs: ${missing}`);
    }
    this.judgeOrder();
  }

  look() {
    for (const wait of this.waits) if (wait.outcome) this.judge(wait, wait.outcome);
    this.waits = this.waits.filter((wait) => !wait.outcome);
  }

  /** Whether this wait may have been told that. */
  judge(wait, { status, error }) {
    if (error) {
      if (error.code === 'ABORT_ERR') return assert.ok(wait.controller?.signal.aborted, 'aborted by nobody');
      assert.deepEqual([error.code, error.errno, error.syscall], ['ECHILD', -10, 'waitpid'], error.stack);
      assert.ok(!wait.child, `ECHILD for ${wait.child?.pid}, which is or was a child`);
      const left = this.of(wait).filter(({ unreaped }) => unreaped);
      return assert.ok(wait.mayRefuse || left.length === 0, `ECHILD beside ${left.map(({ pid }) => pid)}`);
    }
    const { pid, ...how } = status;
    delete how.raw;
    delete how.rusage;
    const child = this.children.find((each) => each.pid === pid);
    assert.ok(child && wait.matches(child), `told of ${pid}, not what it waited for`);
    if (how.state === 'stopped' || how.state === 'continued') return this.judgeChange(wait, child, how.state);
    assert.ok(!child.alive, `told of the end of ${pid}, which is ${child.state}`);
    assert.deepEqual({ ...how, ...('coreDumped' in how && { coreDumped: false }) }, child.expected);
    assert.equal(child.unreaped, false, `${pid} has been told and not been reaped`);
    child.state = 'dead';
    child.status ??= structuredClone(status);
    assert.deepEqual(status, child.status, 'two statuses of one child');
    if (wait.child) return;
    assert.equal(child.anyTold, undefined, `${pid} was told to two waits for any child`);
    child.anyTold = wait;
    this.newlyTold.push([child, wait]);
  }

  judgeChange(wait, child, kind) {
    assert.ok(asksFor(wait, kind), `told of what it has not asked for: ${kind}`);
    const known = child.changes.some((change) => change.kind === kind && change.time >= wait.time);
    assert.ok(known || wait.untold.has(child), `told again that ${child.pid} ${kind}`);
    if (child.change.kind === kind) child.consumed = child.change.time;
  }

  /** Who ought to have been told, and has not. */
  missing() {
    for (const child of this.children) {
      if (child.state === 'dying' && !child.hasEnded()) return `${child.pid} does not end`;
    }
    for (const { pid, ordered, code } of this.foreign) {
      if (ordered !== undefined && code === undefined) return `child_process knows nothing of the end of ${pid}`;
    }
    for (const wait of this.waits) {
      const who = wait.child ? `a wait for ${wait.child.pid}` : `a wait for any (${wait.selector})`;
      const candidates = this.of(wait);
      const changed = candidates.find(
        ({ alive, change }) => alive && change?.time >= wait.time && asksFor(wait, change.kind),
      );
      if (changed) return `${who} is not told that ${changed.pid} ${changed.change.kind}`;
      const ended = candidates.find(({ state, unreaped }) => state === 'dead' && (wait.child || unreaped));
      if (ended) return `${who} is not told of the end of ${ended.pid}`;
      if (!wait.child && !candidates.some(({ unreaped }) => unreaped)) return `${who} is not told that there is none`;
    }
    return undefined;
  }

  // First come, first served; and no end is told to nobody.
  judgeOrder() {
    for (const any of this.anys) {
      for (const [child, told] of this.newlyTold)
        assert.ok(!any.matches(child) || told.time < any.time, `${child.pid} was told to who came later`);
      for (const child of this.of(any)) {
        const missed = child.state === 'dead' && !child.anyTold && (any.unreaped.has(child) || child.born > any.time);
        assert.ok(!missed, `${child.pid} was told to no wait for any child`);
      }
    }
    this.newlyTold = [];
    for (const child of this.children)
      assert.ok(child.status || child.unreaped, `${child.pid} was reaped, and nobody was told`);
  }
}
