// Where does Node keep the timers and immediates that are due (lib/internal/timers.js)? In lists that nobody exports, but
// what clears a timer sees them: see ./inspect-scope.ts.
import process from 'node:process';
import { executionAsyncResource } from 'node:async_hooks';
import { Socket } from 'node:net';
import { timersOf } from './handles.js';
import { Inspection } from './inspect-scope.js';
import { type Enqueue, findEnqueue } from './microtasks.js';

/** A timer or an immediate: each knows the next of its list. @internal */
export interface LinkedTimer {
  _idleNext: LinkedTimer | null;
  _onTimeout?: ((...args: never[]) => unknown) | null;
  _onImmediate?: ((...args: never[]) => unknown) | null;
  _timerArgs?: unknown;
  _argv?: unknown;
  _destroyed?: boolean;
}

/** @internal */
export interface ImmediateList {
  head: LinkedTimer | null;
}

/** @internal */
export interface Lists {
  enqueue: Enqueue;
  timerListMap: Record<string, LinkedTimer>;
  immediateQueue: ImmediateList;
  immediateInfo: Uint32Array;
  clearTimeout: (timer: LinkedTimer) => void;
  clearImmediate: (immediate: LinkedTimer) => void;
}

const SEEN = ['timerListMap', 'immediateQueue', 'immediateInfo', 'clearTimeout', 'clearImmediate'];
const HAS_OUTSTANDING = 2; // an index of immediateInfo

// As they were before the program had a chance to patch them.
const { apply, getOwnPropertyDescriptor, ownKeys } = Reflect;
const describe = getOwnPropertyDescriptor(Symbol.prototype, 'description')?.get as (this: symbol) => string | undefined;

// Node's own clearTimeout() is called by the close() of its timers. What has its name may be that of a test's clock (sinon, vitest,
// node:test) or of zone.js, also before this package is loaded. A socket has a timer of Node's.
/** One that is over. Undefined where sockets do not show theirs. @internal */
export const timerOfNode = findTimer();
const close = (timerOfNode as { close?: () => unknown } | undefined)?.close;

function findTimer(): LinkedTimer | undefined {
  const socket = new Socket().setTimeout(1e6);
  const timer = timersOf(socket)[0] as LinkedTimer | undefined;
  socket.setTimeout(0);
  return timer;
}

/** Null where they are not found. Takes some milliseconds. @internal */
export function findLists(): Lists | null {
  if (!close) return null;
  try {
    return Inspection.run((inspection) => {
      const found = inspection.scopeOf(close, SEEN);
      if (found.size !== SEEN.length) return null;
      const enqueue = findEnqueue(inspection) ?? process.nextTick.bind(process); // seen by async_hooks, then
      return { ...(Object.fromEntries(found) as unknown as Omit<Lists, 'enqueue'>), enqueue };
    });
  } catch {
    return null;
  }
}

/** Node keeps the rest of a batch in a second list of the same class, which only its own function sees. @internal */
export function findOutstanding({ immediateQueue }: Lists): ImmediateList | undefined {
  const prototype = Object.getPrototypeOf(immediateQueue) as object;
  const all = Inspection.run((inspection) => inspection.allWith(prototype)) as ImmediateList[];
  return all.find((list) => list !== immediateQueue);
}

/** Is a batch of immediates being run? @internal */
export function isInBatch({ immediateInfo }: Lists): boolean {
  return immediateInfo[HAS_OUTSTANDING] === 1;
}

/** The immediate whose callback is on the stack, unless it has entered another async resource. @internal */
export function runningImmediate(): LinkedTimer | undefined {
  const resource = executionAsyncResource() as LinkedTimer;
  return resource._destroyed === true && typeof resource._onImmediate === 'function' ? resource : undefined;
}

/** 0 where it is not found. @internal */
export function asyncIdOf(timer: LinkedTimer): number {
  const keys = ownKeys(timer);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === 'symbol' && apply(describe, key, []) === 'asyncId')
      return (timer as unknown as Record<symbol, number>)[key] ?? 0;
  }
  return 0;
}
