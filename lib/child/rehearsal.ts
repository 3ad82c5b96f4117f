// Must each child compile the functions that only children run? That took a quarter of the time to its first JavaScript. So the
// parent has them compiled, once.
import { type AnyFunction, compile } from '../node/compile.js';

interface Part {
  readonly functions: AnyFunction[];
  /** Gone when V8 has collected garbage (its old generation's): after some of those it throws away what was not called in between. */
  untilCollection?: WeakRef<object>;
}
const ofChildren: Part = { functions: [] };
const ofRunners: Part = { functions: [] };

/** Registers what runs in children only, as its module is loaded. @internal */
export function onlyInChildren(...more: readonly AnyFunction[]): void {
  ofChildren.functions.push(...more);
}

/** The same, of children that run one function, and nothing else: see forkRun(). @internal */
export function onlyInRunners(...more: readonly AnyFunction[]): void {
  ofRunners.functions.push(...more);
}

const { apply } = Reflect; // as it was before the program had a chance to patch it
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a WeakRef
const { deref } = WeakRef.prototype;

/** Parent, before the fork. @param more - as onlyInChildren(). @internal */
export function rehearse(more: AnyFunction, isRunner: boolean): void {
  rehearsePart(ofChildren, more);
  if (isRunner) rehearsePart(ofRunners, more);
}

function rehearsePart(part: Part, more: AnyFunction): void {
  if (part.untilCollection !== undefined && apply(deref, part.untilCollection, []) !== undefined) return;
  if (compile([...part.functions, more])) part.untilCollection = new WeakRef({});
}
