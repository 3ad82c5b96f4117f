// Whose timers and immediates are these? The parent's alone, also the rest of the batch in whose callback it forked.
//
// Node keeps them in lists that nobody exports, but clearTimeout() sees them: see ./inspect-scope.ts. Prepared in the
// parent, once, when it first forks; a child inherits what was found.
import { AsyncResource, executionAsyncResource } from 'node:async_hooks';
import { clearImmediate, clearTimeout } from 'node:timers';
import { Inspection } from './inspect-scope.js';

// lib/internal/timers.js of Node.
interface LinkedTimer {
  _idleNext: LinkedTimer | null;
  _onTimeout?: ((...args: never[]) => unknown) | null;
  _onImmediate?: ((...args: never[]) => unknown) | null;
  _destroyed?: boolean;
}
interface ImmediateList {
  head: LinkedTimer | null;
}
interface Lists {
  timerListMap: Record<string, LinkedTimer>;
  immediateQueue: ImmediateList;
  immediateInfo: Uint32Array;
}
const HAS_OUTSTANDING = 2; // an index of immediateInfo: a batch of immediates is being run

/** What of the parent's lives on in the child. @internal */
export interface Kept {
  fds: number[];
  timers: ReadonlySet<unknown>;
}

let lists: Lists | null | undefined; // undefined: not looked for yet; null: not to be had
let outstanding: ImmediateList | undefined; // the rest of a batch while JavaScript of another resource runs

/** Parent, before the fork. Returns why the timers will stay, or undefined. @internal */
export function prepareTimers(): string | undefined {
  lists ??= findLists();
  if (lists === null) {
    return "the parent's timers and immediates run in its children, too: node:inspector does not show them here";
  }
  if (inBatch(lists) && runningImmediate() === undefined) outstanding ??= findOutstanding(lists);
  return undefined;
}

/** Child. What the callers of fork() start after this is the child's own. @internal */
export function clearTimers({ timers }: Kept): void {
  if (!lists) return;
  const { timerListMap, immediateQueue } = lists;
  const batch = inBatch(lists);
  for (const list of Object.values(timerListMap)) clearList(list, list._idleNext, timers);
  clearAll(immediateQueue.head);
  if (batch) clearAll(runningImmediate()?._idleNext ?? null);
  // An interval that is in its callback now is in no list: Node puts it back when the callback returns. So is the rest
  // of a batch of immediates if this is not the stack of one. Both are there before the next of the batch is called.
  const latest = new AsyncResource('posix-fork', { requireManualDestroy: true }).asyncId();
  process.nextTick(() => {
    for (const list of Object.values(timerListMap)) {
      clearList(list, list._idleNext, timers, (timer) => asyncIdOf(timer) < latest);
    }
    if (batch) clearAll(outstanding?.head ?? null);
  });
}

function clearList(
  list: LinkedTimer,
  first: LinkedTimer | null,
  kept: ReadonlySet<unknown>,
  isParents: (timer: LinkedTimer) => boolean = () => true,
): void {
  const all: LinkedTimer[] = [];
  for (let timer = first; timer !== null && timer !== list; timer = timer._idleNext) all.push(timer);
  for (const timer of all) {
    if (!kept.has(timer) && !isInfrastructure(timer) && isParents(timer)) {
      clearTimeout(timer as unknown as NodeJS.Timeout);
    }
  }
}

function clearAll(first: LinkedTimer | null): void {
  const all: LinkedTimer[] = [];
  for (let immediate = first; immediate !== null; immediate = immediate._idleNext) all.push(immediate);
  for (const immediate of all) clearImmediate(immediate as unknown as NodeJS.Immediate);
}

// Once a second it makes node:http forget the text of the Date header: the child needs that as well.
function isInfrastructure({ _onTimeout: callback }: LinkedTimer): boolean {
  return typeof callback === 'function' && callback.name === 'resetCache' && String(callback).includes('utcCache');
}

function asyncIdOf(timer: object): number {
  const symbol = Object.getOwnPropertySymbols(timer).find(({ description }) => description === 'asyncId');
  return symbol === undefined ? 0 : ((timer as Record<symbol, number>)[symbol] ?? 0);
}

function inBatch({ immediateInfo }: Lists): boolean {
  return immediateInfo[HAS_OUTSTANDING] === 1;
}

// The immediate whose callback is on the stack, unless it has entered another async resource.
function runningImmediate(): LinkedTimer | undefined {
  const resource = executionAsyncResource() as LinkedTimer;
  return resource._destroyed === true && typeof resource._onImmediate === 'function' ? resource : undefined;
}

function findLists(): Lists | null {
  try {
    const found = Inspection.run((inspection) =>
      inspection.scopeOf(clearTimeout, ['timerListMap', 'immediateQueue', 'immediateInfo']),
    );
    return found.size === 3 ? (Object.fromEntries(found) as unknown as Lists) : null;
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
