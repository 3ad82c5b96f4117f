// How does a large heap become cheap to fork?
import { native } from '../sys/native.js';

/** What {@link useLargePages} has done. */
export interface LargePages {
  /** Whether V8's heap grows in large pages. */
  inUse: boolean;
  /** How much of it lies there by now, in bytes. */
  bytes: number;
  /** Why not, where {@link useLargePages} could do nothing; empty if nothing is in the way. */
  reasons: string[];
}

/**
 * From now on V8's heap, of Workers too, grows in one place of large pages (2 MiB instead of 4 KiB): a fork has a
 * hundredth of it to copy. What there is already stays where it is, so call it early, or start Node.js with
 * `--import posix-fork/large-pages` (or `--require`).
 *
 * It is for processes with hundreds of megabytes that are forked often. The process reserves as many addresses as the
 * machine has memory (4 to 64 GiB; `VmSize` shows them), and uses no more memory than before, but for the last page.
 * A process that locks its memory (`mlockall(2)`) must not use it.
 *
 * @returns what was done, and why not the rest; the second call changes nothing and tells the same
 * @throws `ERR_FORK_UNSUPPORTED_RUNTIME`: the package does not work here at all. Large pages that cannot be had are no
 * error: the heap is where it would have been, and `reasons` say why
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
