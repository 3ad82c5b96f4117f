// Whose timers and immediates are these? The parent's alone, also the rest of the batch in whose callback it forked.
//
// Node keeps them in lists that nobody exports, but clearTimeout() sees them: see ./inspect-scope.ts. Prepared in the
// parent, once, when it first forks; a child inherits what was found.
import { AsyncResource, executionAsyncResource } from 'node:async_hooks';
import { clearImmediate, clearTimeout } from 'node:timers';
import { Inspection } from '../node/inspect-scope.js';
import { type Enqueue, findEnqueue } from '../node/microtasks.js';
import { isNodesOwn } from '../node/own-timers.js';
import { retain } from './retained.js';

// lib/internal/timers.js of Node.
interface LinkedTimer {
  _idleNext: LinkedTimer | null;
  _onTimeout?: ((...args: never[]) => unknown) | null;
  _onImmediate?: ((...args: never[]) => unknown) | null;
  _timerArgs?: unknown;
  _argv?: unknown;
  _destroyed?: boolean;
}
interface ImmediateList {
  head: LinkedTimer | null;
}
interface Lists {
  enqueue: Enqueue;
  timerListMap: Record<string, LinkedTimer>;
  immediateQueue: ImmediateList;
  immediateInfo: Uint32Array;
}
const HAS_OUTSTANDING = 2; // an index of immediateInfo: a batch of immediates is being run

// As they were before the program had a chance to patch them: it may have done so in the child by the time of clearInherited().
const { apply, getOwnPropertyDescriptor, ownKeys } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a set
const { has } = Set.prototype;
const describe = getOwnPropertyDescriptor(Symbol.prototype, 'description')?.get as (this: symbol) => string | undefined;

/** What of the parent's lives on in the child. @internal */
export interface Kept {
  fds: number[];
  timers: ReadonlySet<unknown>;
}

let lists: Lists | null | undefined; // undefined: not looked for yet; null: not to be had
let outstanding: ImmediateList | undefined; // the rest of a batch while JavaScript of another resource runs

/** Why would the parent's timers run in its children, too? Undefined if they do not. @internal */
export function findTimers(): string | undefined {
  lists ??= findLists();
  if (lists !== null) return undefined;
  return "the parent's timers and immediates run in its children, too: node:inspector does not show them here";
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
  atFork.latest = new AsyncResource('posix-fork', { requireManualDestroy: true }).asyncId();
  findTimers();
  if (!lists) return;
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
  if (inherited.inBatch) clearImmediates(runningImmediate()?._idleNext ?? null, inherited);
}

/** Child, when it becomes one: what has a lesser async id than this is the parent's. @internal */
export function latestOfParent(): number {
  return atFork.latest;
}

// An interval that was in its callback at the fork is in no list until the callback returns. So is the rest of a batch of
// immediates if this was not the stack of one. Both are there before the next of the batch is called.
function clearInherited(): void {
  enqueued = false;
  if (!lists || !inherited) return;
  const inheritance = inherited;
  inherited = undefined;
  clear(lists, inheritance);
  if (inheritance.inBatch) clearImmediates(outstanding?.head ?? null, inheritance);
}

function clear({ timerListMap, immediateQueue }: Lists, inheritance: Inheritance): void {
  const keys = ownKeys(timerListMap) as string[]; // by how long their timers take
  for (let i = 0; i < keys.length; i++) clearList(timerListMap[keys[i] as string] as LinkedTimer, inheritance);
  clearImmediates(immediateQueue.head, inheritance);
}

function clearList(list: LinkedTimer, inheritance: Inheritance): void {
  for (let timer = list._idleNext; timer !== null && timer !== list;) {
    const next: LinkedTimer | null = timer._idleNext;
    if (isParents(timer, inheritance) && !isNodesOwn(timer._onTimeout)) {
      retain(timer, timer._onTimeout, timer._timerArgs); // clearTimeout() lets go of them
      clearTimeout(timer as unknown as NodeJS.Timeout);
    }
    timer = next;
  }
}

function clearImmediates(first: LinkedTimer | null, inheritance: Inheritance): void {
  for (let immediate = first; immediate !== null;) {
    const next: LinkedTimer | null = immediate._idleNext;
    if (isParents(immediate, inheritance) && !isNodesOwn(immediate._onImmediate)) {
      retain(immediate, immediate._onImmediate, immediate._argv);
      clearImmediate(immediate as unknown as NodeJS.Immediate);
    }
    immediate = next;
  }
}

function isParents(timer: LinkedTimer, { latest, kept }: Inheritance): boolean {
  return asyncIdOf(timer) < latest && !apply(has, kept, [timer]);
}

function asyncIdOf(timer: LinkedTimer): number {
  const keys = ownKeys(timer);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === 'symbol' && apply(describe, key, []) === 'asyncId')
      return (timer as unknown as Record<symbol, number>)[key] ?? 0;
  }
  return 0;
}

function isInBatch({ immediateInfo }: Lists): boolean {
  return immediateInfo[HAS_OUTSTANDING] === 1;
}

// The immediate whose callback is on the stack, unless it has entered another async resource.
function runningImmediate(): LinkedTimer | undefined {
  const resource = executionAsyncResource() as LinkedTimer;
  return resource._destroyed === true && typeof resource._onImmediate === 'function' ? resource : undefined;
}

function findLists(): Lists | null {
  try {
    return Inspection.run((inspection) => {
      const found = inspection.scopeOf(clearTimeout, ['timerListMap', 'immediateQueue', 'immediateInfo']);
      if (found.size !== 3) return null;
      const enqueue = findEnqueue(inspection) ?? process.nextTick.bind(process); // seen by async_hooks, then
      return { ...(Object.fromEntries(found) as unknown as Omit<Lists, 'enqueue'>), enqueue };
    });
  } catch {
    return null;
  }
}

// Node keeps the rest of a batch in a second list of the same class, which only its own function sees.
function findOutstanding({ immediateQueue }: Lists): ImmediateList | undefined {
  const prototype = Object.getPrototypeOf(immediateQueue) as object;
  const all = Inspection.run((inspection) => inspection.allWith(prototype)) as ImmediateList[];
  return all.find((list) => list !== immediateQueue);
}
