// How does the package work in a child without triggering the program's async_hooks? Node asks counters, one for each kind of
// event, whether there is a hook at all (lib/internal/async_hooks.js, src/async_wrap.cc). While the package is at work they
// are zero. What it waits for in promises, it waits for without a promise of its own: see settle().
import { AsyncResource, executionAsyncId, executionAsyncResource } from 'node:async_hooks';
import { types } from 'node:util';
import { isThenable } from '../sys/thenable.js';
import { Inspection } from './inspect-scope.js';

// The first ones of the array, in this order.
const KINDS = ['kInit', 'kBefore', 'kAfter', 'kDestroy', 'kPromiseResolve'];
const NAME = 'async_wrap';
interface AsyncWrap {
  async_hook_fields: Uint32Array;
  constants: Record<string, number>;
}

// As they were before the program had a chance to patch them.
const { apply, defineProperty, deleteProperty, get, getOwnPropertyDescriptor } = Reflect;
const { isPromise } = types;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a promise
const { then } = Promise.prototype;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to Promise
const { reject } = Promise;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a resource
const { runInAsyncScope } = AsyncResource.prototype;

let counters: Uint32Array | null | undefined; // undefined: not looked for yet; null: not to be had
let isSuspended = false;
const suspended = [0, 0, 0, 0, 0]; // what the counters are then, but for the package

/** Parent, before the fork: looks for them, once. @internal */
export function prepareHooks(): void {
  if (counters === undefined) counters = findCounters();
}

/** Null where they are not found. @internal */
function findCounters(): Uint32Array | null {
  try {
    const found = Inspection.run((inspection) => inspection.scopeOf(executionAsyncId, [NAME])).get(NAME);
    const { async_hook_fields: fields, constants } = found as AsyncWrap;
    return fields instanceof Uint32Array && KINDS.every((kind, i) => constants[kind] === i) ? fields : null;
  } catch {
    return null;
  }
}

/** Calls `work`, which is the package's: no hook hears of what it does. It must make no promise, and queue no tick. @internal */
export function unseen<T>(work: () => T): T;
export function unseen<T, A>(work: (argument: A) => T, argument: A): T;
export function unseen<T>(work: (argument?: unknown) => T, argument?: unknown): T {
  if (!counters || isSuspended) return work(argument);
  suspend(counters);
  try {
    return work(argument);
  } finally {
    resume(counters);
  }
}

/** Within unseen(): calls what is the program's. @internal */
export function seen<T>(work: () => T): T {
  if (!counters || !isSuspended) return work();
  resume(counters);
  try {
    return work();
  } finally {
    suspend(counters); // as the program has left them
  }
}

function suspend(fields: Uint32Array): void {
  isSuspended = true;
  for (let i = 0; i < KINDS.length; i++) {
    suspended[i] = fields[i] as number;
    fields[i] = 0;
  }
}

function resume(fields: Uint32Array): void {
  for (let i = 0; i < KINDS.length; i++) fields[i] = suspended[i] as number;
  isSuspended = false;
}

/** Whether there is a hook, or an AsyncLocalStorage, which is made of one before Node 24. @internal */
export function isHeard(): boolean {
  if (!counters) return false;
  for (let i = 0; i < KINDS.length; i++) if (counters[i] !== 0 || (isSuspended && suspended[i] !== 0)) return true;
  return false;
}

/** Gives what it is called with the async context of now, of which no hook hears. @internal */
export function inThisContext(): (work: () => void) => void {
  const resource = executionAsyncResource();
  return (work) => {
    if (resource instanceof AsyncResource) runUnseen(resource, work);
    else work();
  };
}

/** Calls `work`, which is the program's, in the async context of `resource`, of which no hook hears. @internal */
export function runUnseen(resource: AsyncResource, work: () => void): void {
  unseen(() => {
    apply(runInAsyncScope, resource, [seen, undefined, work]);
  });
}

type Waiter = (done: (value: unknown) => void, failed: (error: unknown) => void) => void;

/** Work of the package's that takes its time, and is waited for by settle() without a promise. @internal */
export class Unheard {
  readonly #begin: Waiter;

  constructor(begin: Waiter) {
    this.#begin = begin;
  }

  static has(value: unknown): value is Unheard {
    return typeof value === 'object' && value !== null && #begin in value;
  }

  /** Calls one of the two at its end, on an empty stack. */
  static begin(unheard: Unheard, done: (value: unknown) => void, failed: (error: unknown) => void): void {
    unheard.#begin(
      (value) => {
        later(() => {
          done(value);
        });
      },
      (error) => {
        later(() => {
          failed(error);
        });
      },
    );
  }
}

/**
 * Calls `start`, waits for what it returns as `await` does, and calls `done` or `failed` on an empty stack; without a promise that
 * hooks would hear of, but for that of a thenable. What these throw is an unhandled rejection. @internal
 */
export function settle(start: () => unknown, done: (value: unknown) => void, failed: (error: unknown) => void): void {
  try {
    waiter(done, failed)(start());
  } catch (error) {
    later(() => {
      failed(error);
    });
  }
}

/** The same for one value after the other, with what is made for it once. @internal */
export function waiter(done: (value: unknown) => void, failed: (error: unknown) => void): (value: unknown) => void {
  const callbacks: Callbacks = [guarded(done), guarded(failed)];
  return (value) => {
    if (Unheard.has(value)) Unheard.begin(value, done, failed);
    else if (isPlain(value)) attach(value, callbacks);
    else if (isThenable(value)) later(() => void follow(value, done, failed));
    else
      later(() => {
        done(value);
      });
  };
}

// One that `await` takes as it is. For anything else it makes a new promise.
function isPlain(value: unknown): value is Promise<unknown> {
  return isPromise(value) && get(value, 'constructor') === Promise;
}

async function follow(
  thenable: PromiseLike<unknown>,
  done: (value: unknown) => void,
  failed: (error: unknown) => void,
): Promise<void> {
  let value: unknown;
  try {
    value = await thenable;
  } catch (error) {
    failed(error);
    return;
  }
  done(value);
}

const RESOLVED = Promise.resolve(); // hooks have heard of this one, if of any, before the fork

/** Calls it on an empty stack, before the loop goes on; in no async context. @internal */
export function later(callback: () => void): void {
  const guard = guarded(callback);
  attach(RESOLVED, [guard, guard]);
}

// If `constructor` says so, what then() returns is no promise. Then hooks do not hear that it is made, or that its callback is
// called.
const SILENT = {
  [Symbol.species]: function (resolver: (resolve: () => void, reject: () => void) => void) {
    resolver(nothing, nothing);
  },
};
const SILENT_CONSTRUCTOR = { value: SILENT, configurable: true };
function nothing(): void {
  // Nobody waits for it.
}

type Callbacks = [done: (value: unknown) => void, failed: (error: unknown) => void];

function attach(promise: Promise<unknown>, callbacks: Callbacks): void {
  if (!isHeard()) {
    void apply(then, promise, callbacks);
    return;
  }
  const own = getOwnPropertyDescriptor(promise, 'constructor');
  const isSilent = defineProperty(promise, 'constructor', SILENT_CONSTRUCTOR);
  void apply(then, promise, callbacks);
  if (!isSilent) return;
  if (own) defineProperty(promise, 'constructor', own);
  else deleteProperty(promise, 'constructor');
}

function guarded(callback: (value: unknown) => void): (value: unknown) => void {
  return (value) => {
    try {
      callback(value);
    } catch (error) {
      void apply(reject, Promise, [error]);
    }
  };
}

/** What waiting for a function by settle(), in inThisContext(), comes to. @internal */
// eslint-disable-next-line @typescript-eslint/unbound-method -- they are compiled, not called
export const OF_SETTLING = [isHeard, inThisContext, Unheard.has, settle, waiter, isPlain, later, attach, guarded];
