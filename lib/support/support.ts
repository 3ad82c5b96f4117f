// What works in this process, and why not the rest?
import { facts, type SupportFact } from '../node/facts.js';
import { isTested, TESTED } from '../node/tested.js';
import { findLargePages, type LargePages } from '../process/large-pages.js';
import { type Namespace, namespacesHere } from '../spawn/place.js';
import { native, unsupported } from '../sys/native.js';
import { findLeaks, promises } from './leaks.js';

/** What {@link support} finds. */
export interface SupportReport {
  /**
   * - `'full'`: the child of `fork()` is a whole Node.js process.
   * - `'bare'`: only `fork({ runtime: 'bare' })` works, whose child may exec or `_exit`.
   * - `'unsupported'`: nothing works here.
   */
  fork: 'full' | 'bare' | 'unsupported';
  /** Why `fork` is not `'full'`; empty if it is. */
  reasons: string[];
  /** What of its parent's a child would have here though it should not; empty if there is nothing. */
  leaks: string[];
  /** What the package knows of the insides of Node, V8, libuv and the C library, and whether it is so here. */
  facts: SupportFact[];
  /** With which versions of Node.js this release was tested. */
  tested: {
    /** Whether this one is among them. */
    here: boolean;
    /** Each as `major.minor`. */
    versions: string[];
  };
  /** What `spawn` can do with this C library. */
  spawn: SpawnSupport;
  /** What of the calls for processes this kernel, or the filter of system calls that this process is under, lets one have. */
  kernel: KernelSupport;
  /** Whether V8's heap grows in large pages, and why {@link useLargePages} could do nothing. */
  largePages: LargePages;
}

/** What the kernel has; each throws where it is missing. */
export interface KernelSupport {
  /** {@link pidfd} (Linux 5.3). Waits do without. */
  pidfd: boolean;
  /** {@link waitid} of `'pidfd'` (5.4). */
  waitid: boolean;
  /** {@link fexecve} (3.19). */
  fexecve: boolean;
  /** The `cgroup` option of {@link spawn} (5.7). */
  cgroup: boolean;
  /** Which namespaces `unshare` and `setns` of {@link spawn} know. Whether this process may have one, only the attempt tells. */
  namespaces: Namespace[];
  /** The system calls that are missing. */
  missing: string[];
}

/** What {@link spawn} can do: it throws where an option needs what is missing. */
export interface SpawnSupport {
  /** The `cwd` option. */
  cwd: boolean;
  /** The `foreground` option. */
  foreground: boolean;
  /**
   * How the child's other descriptors are closed. `'all'`: by number, whatever is open. `'listed'`: those that were open
   * when they were listed; one that another thread opens meanwhile, and not close-on-exec, slips through.
   */
  closing: 'all' | 'listed';
  /** The functions that the C library lacks. */
  missing: string[];
}

/**
 * Tells what works in this process.
 *
 * @returns a report; the same for the life of the process, but for `largePages`
 * @throws nothing
 * @see `posix-fork doctor`, which tries a fork as well
 * @example
 * ```ts
 * if (posix.support().fork !== 'full') console.error(posix.support().reasons.join('\n'));
 * ```
 */
export function support(): SupportReport {
  const tested = { here: isTested(), versions: [...TESTED] };
  if (unsupported !== undefined) {
    const reasons = [unsupported];
    const largePages = { inUse: false, bytes: 0, reasons };
    return {
      fork: 'unsupported',
      reasons,
      leaks: [],
      facts: [],
      tested,
      spawn: NO_SPAWN,
      kernel: NO_KERNEL,
      largePages,
    };
  }
  const reasons = native.forkSupport();
  const leaks = findLeaks();
  const fork = reasons.length === 0 ? 'full' : 'bare';
  return {
    fork,
    reasons,
    leaks,
    facts: [...facts(), ...promises()],
    tested,
    spawn: spawnSupport(),
    kernel: kernelSupport(),
    largePages: findLargePages(),
  };
}

const NO_SPAWN: SpawnSupport = Object.freeze({ cwd: false, foreground: false, closing: 'listed', missing: [] });

const NO_KERNEL: KernelSupport = Object.freeze({
  ...{ pidfd: false, waitid: false, fexecve: false, cgroup: false },
  ...{ namespaces: [], missing: [] },
});

function kernelSupport(): KernelSupport {
  const missing = native.missingCalls();
  const has = (call: string): boolean => !missing.some((name) => name.startsWith(call));
  return {
    ...{ pidfd: has('pidfd_open'), waitid: has('waitid'), fexecve: has('execveat'), cgroup: has('clone3') },
    ...{ namespaces: namespacesHere(), missing },
  };
}

function spawnSupport(): SpawnSupport {
  const missing = native.spawnSupport();
  const has = (action: string): boolean => !missing.includes(`posix_spawn_file_actions_${action}_np`);
  return {
    cwd: has('addchdir'),
    foreground: has('addtcsetpgrp'),
    closing: has('addclosefrom') ? 'all' : 'listed',
    missing,
  };
}
