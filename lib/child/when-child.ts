// What in other files of this package is the parent's alone? Each registers what it has to forget in a child.
import { onlyInChildren } from './rehearsal.js';
import { sharedList } from '../sys/copies.js';

type Forget = (bare: boolean) => void;

const forgetting: Forget[] = [];
let generation = 0;

// Those of other copies of the package, too: whichever forks, the ports, pools and waits of all are the parent's. A copy that nothing
// uses any more is collected.
const copies = sharedList<WeakRef<Forget>>('when-child');
const { apply } = Reflect; // as it was before the program had a chance to patch it
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a WeakRef
const { deref } = WeakRef.prototype;
copies.push(new WeakRef(forgetOwn));

/** For a bare child, too, whose loop is still the parent's. @internal */
export function whenChild(forget: Forget): void {
  forgetting.push(forget);
  onlyInChildren(forget);
}

/** Child: as becomeChild() says, and what registers here with it. @internal */
export function forgetParents(bare: boolean): void {
  for (let i = 0; i < copies.length; i++) {
    const forget = apply(deref, copies[i], []) as Forget | undefined;
    forget?.(bare);
  }
}

function forgetOwn(bare: boolean): void {
  generation++;
  for (let i = 0; i < forgetting.length; i++) forgetting[i]?.(bare);
}

onlyInChildren(forgetOwn);

/** Asks later on whether this is still the process that called it, and no child that was forked since. @internal */
export function inSameProcess(): () => boolean {
  const own = generation;
  return () => generation === own;
}
