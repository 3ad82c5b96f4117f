// What would V8 collect in a child that its parent still uses? Objects to which only a timer, an immediate, a promise or an
// action refers that is cut off in the child. Their finalizers would act on what the two share: close a FileHandle, roll back a
// transaction in the database's file, remove a temporary file. So a child keeps such objects alive until it ends; that needs no
// more memory than before.
import { onlyInChildren } from './rehearsal.js';

const retained: unknown[] = [];

/** Child, also later: allocates, and calls nothing. @internal */
export function retain(...things: unknown[]): void {
  retained[retained.length] = things;
}

onlyInChildren(retain);
