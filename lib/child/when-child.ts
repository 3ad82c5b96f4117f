// What in other files of this package is the parent's alone? Each registers what it has to forget in a child.
import { onlyInChildren } from './rehearsal.js';

const forgetting: ((bare: boolean) => void)[] = [];
let generation = 0;

/** For a bare child, too, whose loop is still the parent's. @internal */
export function whenChild(forget: (bare: boolean) => void): void {
  forgetting.push(forget);
  onlyInChildren(forget);
}

/** Child: as becomeChild() says, and what registers here with it. @internal */
export function forgetParents(bare: boolean): void {
  generation++;
  for (let i = 0; i < forgetting.length; i++) forgetting[i]?.(bare);
}

/** Asks later on whether this is still the process that called it, and no child that was forked since. @internal */
export function inSameProcess(): () => boolean {
  const own = generation;
  return () => generation === own;
}
