// What would V8 collect in a child that its parent still uses? What only a timer, an immediate, a promise or an action held that
// is cut off in the child. Its finalizers would act on what the two share: close a FileHandle, roll back a transaction in the
// database's file, remove a temporary file. So a child holds it for as long as it lives; it costs no memory that was not
// there before.
import { onlyInChildren } from './rehearsal.js';

const retained: unknown[] = [];

/** Child, also later: allocates, and calls nothing. @internal */
export function retain(...things: unknown[]): void {
  retained[retained.length] = things;
}

onlyInChildren(retain);
