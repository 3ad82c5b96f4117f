// What can the parent do once that each of its children would do for itself?
import { native } from '../sys/native.js';

/**
 * Collects all garbage, compacts the heap, and gives free memory back to the system. Call it before you fork long-lived children:
 * otherwise each of them copies the memory that its own garbage collector moves or marks.
 *
 * It blocks the program for some full collections: about half a second for 100 MB of small objects. V8 compiles a function when
 * it is first called, so let the program do some of its work before.
 *
 * @throws `ERR_FORK_UNSUPPORTED_RUNTIME`: the node binary has no function for it
 * @see `v8::Isolate::LowMemoryNotification`; malloc_trim(3); docs/what-a-child-is.md
 * @example
 * ```ts
 * const table = Array.from({ length: 1000 }, (_, i) => ({ i }));
 * posix.warmup();
 * const children = [0, 1].map((n) => posix.forkRun(() => table[n]));
 * for (const child of children) console.log((await (await child).result)?.i); // prints: …
 * ```
 */
export function warmup(): void {
  native.warmup();
}
