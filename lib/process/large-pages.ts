// How does a large heap become cheap to fork?
import { native } from '../sys/native.js';

/** What {@link useLargePages} has done. */
export interface LargePages {
  /** Whether V8's heap grows in large pages. */
  inUse: boolean;
  /** How much of the heap is in large pages now, in bytes. */
  bytes: number;
  /** Why {@link useLargePages} cannot work here; empty if it can. */
  reasons: string[];
}

/**
 * Makes V8's heap, also that of Workers, grow in one region of large pages (2 MiB instead of 4 KiB), so that a fork has a tenth
 * of the page tables to copy. What is already allocated stays where it is, so call it early, or start Node.js with `--import
 * posix-fork/large-pages` (or `--require`).
 *
 * It is for processes with hundreds of megabytes that fork often. The process reserves as much address space as the machine has
 * memory (4 to 64 GiB; see `VmSize`), and uses up to some tens of megabytes more memory. A process that locks its memory
 * (`mlockall(2)`) must not use it.
 *
 * @returns whether the heap grows there, and why not; a second call changes nothing and returns the same
 * @throws `ERR_FORK_UNSUPPORTED_RUNTIME`: the package does not work here at all. If only large pages are not available, it does
 * not throw: nothing has changed, and `reasons` says why
 * @see madvise(2), MADV_HUGEPAGE; Documentation/admin-guide/mm/transhuge.rst of Linux
 * @example
 * ```ts
 * const { inUse, reasons } = posix.useLargePages();
 * if (!inUse) console.warn(`no large pages: ${reasons.join('; ')}`);
 * ```
 */
export function useLargePages(): LargePages {
  return toLargePages(native.largePages(true));
}

/** The same, and nothing is done. @internal */
export function findLargePages(): LargePages {
  return toLargePages(native.largePages(false));
}

function toLargePages([inUse, bytes, reasons]: ReturnType<typeof native.largePages>): LargePages {
  return { inUse, bytes, reasons };
}
