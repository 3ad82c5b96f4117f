// When is a warning said? At the end of the parent's turn, and by the parent only: a child that is forked before then does not
// say it again.
import process from 'node:process';
import { whenChild } from '../child/when-child.js';

const unsaid = new Set<Error>();
whenChild(() => {
  unsaid.clear();
});

/** Parent, after the fork. @internal */
export function warnLater(warning: Error): void {
  unsaid.add(warning);
  process.nextTick(() => {
    if (unsaid.delete(warning)) process.emitWarning(warning);
  });
}
