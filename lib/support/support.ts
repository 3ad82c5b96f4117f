// What works in this process, and why not the rest?
import { facts, type SupportFact } from '../node/facts.js';
import { isTested, TESTED } from '../node/tested.js';
import { findLargePages, type LargePages } from '../process/large-pages.js';
import { type Namespace, namespacesHere } from '../spawn/place.js';
import { native, unsupported } from '../sys/native.js';
import { type SupportedFunction, supportedFunctions } from './functions.js';
import { findLeaks, promises } from './leaks.js';

/** What {@link support} returns. */
export interface SupportReport {
  /**
   * - `'full'`: the child of `fork()` is a whole Node.js process.
   * - `'bare'`: only `fork({ runtime: 'bare' })` works, whose child may only exec or `_exit`.
   * - `'unsupported'`: nothing works here.
   */
  fork: 'full' | 'bare' | 'unsupported';
  /** Why `fork` is not `'full'`; empty if it is. */
  reasons: string[];
  /** What a child would share with its parent here although it should not; empty if there is nothing. */
  leaks: string[];
  /** What the package knows of the internals of Node, V8, libuv and the C library, and whether it holds here. */
  facts: SupportFact[];
  /** The versions of Node.js that this release was tested with. */
  tested: {
    /** Whether this one is among them. */
    here: boolean;
    /** Each as `major.minor`. */
    versions: string[];
  };
  /** What `spawn` can do with this C library. */
  spawn: SpawnSupport;
  /** Which system calls for processes this kernel has, and a seccomp filter allows. */
  kernel: KernelSupport;
  /**
   * Each function and option that needs what not each kernel and C library has, whether it is here, and what happens without. A
   * filter that ends the process, where others return an error, ends it here as well.
   */
  functions: SupportedFunction[];
  /** Whether V8's heap grows in large pages, and why {@link useLargePages} could do nothing. */
  largePages: LargePages;
}

/** Which system calls the kernel has. A function whose call is missing throws. */
export interface KernelSupport {
  /** {@link pidfd} (Linux 5.3). Waits work without it. */
  pidfd: boolean;
  /** {@link waitid} of `'pidfd'` (5.4). */
  waitid: boolean;
  /** {@link fexecve} (3.19). */
  fexecve: boolean;
  /** The `cgroup` option of {@link spawn} (5.7). */
  cgroup: boolean;
  /** The namespaces for `unshare` and `setns` of {@link spawn}. Whether this process may use one, only a try shows. */
  namespaces: Namespace[];
  /** The system calls that are missing, or forbidden by a filter; what needs them: `functions` of {@link SupportReport}. */
  missing: string[];
}

/** What {@link spawn} does with this C library. Where that lacks a function, a child of the package's own does the same. */
export interface SpawnSupport {
  /** The `cwd` option: works everywhere. */
  cwd: boolean;
  /** The `foreground` option: works everywhere. */
  foreground: boolean;
  /**
   * How the child's other descriptors are closed. `'all'`: all that are open. `'listed'`: those of a list made just before; the
   * child also gets one that another thread opens in between without close-on-exec.
   */
  closing: 'all' | 'listed';
  /** The functions that the C library lacks. */
  missing: string[];
}

/**
 * Reports what works in this process, and why the rest does not.
 *
 * @returns a report; only `largePages` changes during the life of the process
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
      functions: [],
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
    functions: supportedFunctions(),
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
    cwd: true,
    foreground: true,
    closing: has('addclosefrom') ? 'all' : 'listed',
    missing,
  };
}
