// Whose timers and immediates are these? The parent's alone, also the rest of the batch in whose callback it forked.
//
// Node's lists are looked for in the parent, once, when it first forks; a child inherits what was found.
import { AsyncResource } from 'node:async_hooks';
import { onlyInChildren } from './rehearsal.js';
import { unseen } from '../node/async-hooks.js';
import { isNodesOwn } from '../node/own-timers.js';
import {
  asyncIdOf,
  findLists,
  findOutstanding,
  type ImmediateList,
  isInBatch,
  type LinkedTimer,
  type Lists,
  runningImmediate,
} from '../node/timer-lists.js';
import { retain } from './retained.js';

// As they were before the program had a chance to patch them: it may have done so in the child by the time of clearInherited().
const { apply, ownKeys } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a set
const { has } = Set.prototype;

/** What of the parent's lives on in the child. @internal */
export interface Kept {
  fds: number[];
  timers: ReadonlySet<unknown>;
}

let lists: Lists | null | undefined; // undefined: not looked for yet; null: not to be had
let outstanding: ImmediateList | undefined; // the rest of a batch while JavaScript of another resource runs

/** Parent. False if the parent's timers would run in its children, too. @internal */
export function knowsTimers(): boolean {
  if (lists === undefined) lists = findLists();
  return lists !== null;
}

/** What is the parent's: older than the fork, and not kept. */
interface Inheritance {
  kept: ReadonlySet<unknown>;
  latest: number; // what has a greater id was started after the fork
  inBatch: boolean;
}

const atFork = { latest: 0, inBatch: false }; // of the latest fork, by the parent
let inherited: Inheritance | undefined; // in a child, until it has been cleared
let enqueued = false;

/** Parent, before the fork. Queues the later clearing here already, where its code is warm; here that does nothing. @internal */
export function prepareTimers(): void {
  atFork.latest = unseen(() => new AsyncResource('posix-fork', { requireManualDestroy: true })).asyncId();
  if (!knowsTimers() || !lists) return;
  atFork.inBatch = isInBatch(lists);
  if (atFork.inBatch && runningImmediate() === undefined) outstanding ??= findOutstanding(lists);
  if (!enqueued) lists.enqueue(clearInherited);
  enqueued = true;
}

/** Child: as becomeChild() says. What the callers of fork() start after this is the child's own. @internal */
export function forgetTimers({ timers }: Kept): void {
  if (!lists) return;
  inherited = { kept: timers, ...atFork };
  // At once: if a callback throws, and somebody hears of it, the rest of its batch runs before any microtask does.
  clear(lists, inherited);
  if (inherited.inBatch) clearImmediates(lists, runningImmediate()?._idleNext ?? null, inherited);
}

onlyInChildren(clear, clearRest, clearList, clearImmediates, isParents);

/** Child, when it becomes one: what has a lesser async id than this is the parent's. @internal */
export function latestOfParent(): number {
  return atFork.latest;
}

// An interval that was in its callback at the fork is in no list until the callback returns. So is the rest of a batch of
// immediates if this was not the stack of one. Both are there before the next of the batch is called.
function clearInherited(): void {
  enqueued = false;
  if (!lists || !inherited) return;
  unseen(clearRest, { found: lists, inheritance: inherited });
  inherited = undefined;
}

function clearRest({ found, inheritance }: { found: Lists; inheritance: Inheritance }): void {
  clear(found, inheritance);
  if (inheritance.inBatch) clearImmediates(found, outstanding?.head ?? null, inheritance);
}

function clear(found: Lists, inheritance: Inheritance): void {
  const { timerListMap, immediateQueue } = found;
  const keys = ownKeys(timerListMap) as string[]; // by how long their timers take
  for (let i = 0; i < keys.length; i++) clearList(found, timerListMap[keys[i] as string] as LinkedTimer, inheritance);
  clearImmediates(found, immediateQueue.head, inheritance);
}

function clearList({ clearTimeout }: Lists, list: LinkedTimer, inheritance: Inheritance): void {
  for (let timer = list._idleNext; timer !== null && timer !== list;) {
    const next: LinkedTimer | null = timer._idleNext;
    if (isParents(timer, inheritance) && !isNodesOwn(timer._onTimeout)) {
      retain(timer, timer._onTimeout, timer._timerArgs); // clearTimeout() lets go of them
      clearTimeout(timer);
    }
    timer = next;
  }
}

function clearImmediates({ clearImmediate }: Lists, first: LinkedTimer | null, inheritance: Inheritance): void {
  for (let immediate = first; immediate !== null;) {
    const next: LinkedTimer | null = immediate._idleNext;
    if (isParents(immediate, inheritance) && !isNodesOwn(immediate._onImmediate)) {
      retain(immediate, immediate._onImmediate, immediate._argv);
      clearImmediate(immediate);
    }
    immediate = next;
  }
}

function isParents(timer: LinkedTimer, { latest, kept }: Inheritance): boolean {
  return asyncIdOf(timer) < latest && !apply(has, kept, [timer]);
}
