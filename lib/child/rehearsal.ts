// Must each child compile the functions that only children run? That took a quarter of the time to its first JavaScript. So the
// parent has them compiled, once.
import { type AnyFunction, compile } from '../node/compile.js';

const functions: AnyFunction[] = [];

/** Registers what runs in children only, as its module is loaded. @internal */
export function onlyInChildren(...more: readonly AnyFunction[]): void {
  functions.push(...more);
}

const { apply } = Reflect; // as it was before the program had a chance to patch it
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a WeakRef
const { deref } = WeakRef.prototype;

// Gone when V8 has collected garbage (its old generation's): after some of those it throws away what was not called in between.
let untilCollection: WeakRef<object> | undefined;

/** Parent, before the fork. @param more - as onlyInChildren(). @internal */
export function rehearse(more: AnyFunction): void {
  if (untilCollection !== undefined && apply(deref, untilCollection, []) !== undefined) return;
  if (compile([...functions, more])) untilCollection = new WeakRef({});
}
