// What does fork() say to a program that has threads which a child cannot be made safe from?
import process from 'node:process';
import { whenChild } from '../child/when-child.js';
import { hasModuleHooks } from '../node/module-hooks.js';
import { codedError, withFields } from '../sys/errors.js';
import { isOfPackage, type Owner, ownerOf, ownersOf } from '../threads/owners.js';
import { findUncovered, type ThreadInfo, type Uncovered } from '../threads/threads.js';
import { invalidValue, validateOneOf } from '../sys/validate.js';
import { warnLater } from './warnings.js';

/**
 * What `fork()` does if there are threads that a child is not safe from (see {@link ThreadInfo}, `covered`):
 * - `'warn'` (default): emits a `ForkThreadWarning`, once per calling line, and forks.
 * - `'throw'`: throws `ERR_FORK_THREADS`; nothing was forked.
 * - `'ignore'`: forks.
 */
export type ThreadPolicy = 'warn' | 'throw' | 'ignore';

/** `ERR_FORK_THREADS`: there were threads that a child is not safe from, and the policy is `'throw'`. */
export interface ForkThreadsError extends Error {
  /** The error's code. */
  code: 'ERR_FORK_THREADS';
  /** Those threads. */
  threads: ThreadInfo[];
}

/** @internal */
export const POLICIES: readonly ThreadPolicy[] = ['warn', 'throw', 'ignore'];

let chosen: ThreadPolicy | undefined;
let pending: Error | undefined;
whenChild(() => {
  pending = undefined;
});
const warnedAt = new Set<string>();

/**
 * Sets what `fork()` and `forkRun()` do if there are threads that a child is not safe from. The option of a call (`fork({ threads
 * })`) comes before it, `POSIX_FORK_THREADS` in the environment after it.
 *
 * @throws `ERR_INVALID_ARG_VALUE`
 * @see docs/thread-warning.md
 * @example
 * ```ts
 * posix.setThreadPolicy('throw'); // in tests: nobody shall fork beside a Worker unnoticed
 * ```
 */
export function setThreadPolicy(policy: ThreadPolicy): void {
  validateOneOf(policy, 'policy', POLICIES);
  chosen = policy;
}

/** The policy of this call. @internal */
export function threadPolicy(ofCall: ThreadPolicy | undefined): ThreadPolicy {
  if (ofCall !== undefined) {
    validateOneOf(ofCall, 'options.threads', POLICIES);
    return ofCall;
  }
  return chosen ?? fromEnvironment();
}

function fromEnvironment(): ThreadPolicy {
  const value = process.env.POSIX_FORK_THREADS;
  if (value === undefined || value === '') return 'warn';
  // A typo must not turn a safeguard off.
  if (!POLICIES.includes(value as ThreadPolicy))
    throw invalidValue('process.env.POSIX_FORK_THREADS', value, `must be one of: ${POLICIES.join(', ')}`);
  return value as ThreadPolicy;
}

/**
 * Warns or throws, as the policy says, if there is anything that the fork would not cover.
 *
 * @param frames - the stack from the user's line on; asked for only if there is something to say
 * @param bare - the fork does not stop V8's profiler
 * @returns what was found, or null. @internal
 */
export function checkThreads(policy: ThreadPolicy, frames: () => string, bare: boolean): Uncovered | null {
  const found = findUncovered();
  if (found === null || policy === 'ignore') return found;
  const uncovered = bare ? withProfilers(found) : found;
  if (uncovered.threads.length > 0 || uncovered.operations > 0) warnOrThrow(policy, uncovered, frames());
  return found;
}

/**
 * The same, once it is known that V8's profiler did not come to rest: in the parent, after the fork, or instead of it.
 * @internal
 */
export function checkProfilers(policy: ThreadPolicy, found: Uncovered, frames: () => string): void {
  if (policy !== 'ignore') warnOrThrow(policy, withProfilers(found), frames());
}

function withProfilers({ threads, profilers, operations }: Uncovered): Uncovered {
  return {
    threads: [...threads, ...profilers.map((thread) => ({ ...thread, covered: false }))],
    profilers: [],
    operations,
  };
}

function warnOrThrow(policy: 'warn' | 'throw', uncovered: Uncovered, stack: string): void {
  if (policy === 'throw') throw threadsError(uncovered, stack);
  const [line = ''] = stack.split('\n', 1);
  if (warnedAt.has(line) && pending === undefined) return; // this fork may have more to say than it had before
  warnedAt.add(line);
  const warning = withFields(new Error(describe(uncovered, '')), {
    name: 'ForkThreadWarning',
    code: 'POSIX_FORK_THREADS',
    // Node prints the stack with --trace-warnings only, but the detail always.
    ...(!(process as { traceProcessWarnings?: boolean }).traceProcessWarnings && { detail: stack }),
  });
  warning.stack = `ForkThreadWarning: ${warning.message}\n${stack}`;
  pending = warning;
}

/**
 * Throws if there are threads that no child will have. Operations of libuv's pool, and the threads that work on them, end by
 * themselves and do not count; nor does the thread of module hooks.
 *
 * @param where - whose threads they are
 * @throws `ERR_FORK_THREADS`. @internal
 */
export function refuseThreads(where: string, stack: string): void {
  const threads = findUncovered()?.threads.filter((thread) => !isHarmless(thread)) ?? [];
  if (threads.length > 0)
    throw threadsError({ threads, profilers: [], operations: 0 }, stack, `Nothing was forked in ${where}.`);
}

// The thread of module hooks is a Worker that has no `threadId`. It stands still during a fork, and a child starts one of its own.
function isHarmless({ kind, threadId }: ThreadInfo): boolean {
  return kind === 'libuv-worker' || (kind === 'worker' && !threadId && hasModuleHooks());
}

function threadsError(uncovered: Uncovered, stack: string, outcome = 'Nothing was forked.'): Error {
  const error = codedError(Error, 'ERR_FORK_THREADS', describe(uncovered, outcome));
  error.stack = `Error [ERR_FORK_THREADS]: ${error.message}\n${stack}`;
  return Object.assign(error, { threads: uncovered.threads });
}

/** Emits what checkThreads() had to say: after the fork, or the child would say it again. @internal */
export function emitPendingWarning(): void {
  const warning = pending;
  pending = undefined;
  if (warning !== undefined) warnLater(warning);
}

function describe({ threads, operations }: Uncovered, outcome: string): string {
  const sentences = [];
  if (threads.length > 0) {
    const foreign = threads.filter(({ kind }) => kind === 'foreign').map(({ tid }) => tid);
    const found = ownersOf(foreign);
    const owners = threads.map(({ tid, kind, startedAt }) =>
      kind === 'worker' && startedAt !== undefined && isOfPackage(startedAt) ? ownerOf(startedAt) : found.get(tid),
    );
    const names = threads.map((thread, i) => describeThread(thread, owners[i])).join(', ');
    const one = threads.length === 1;
    sentences.push(
      `fork() beside ${one ? 'a thread' : `${threads.length} threads`} that the child will not have: ${names}.`,
    );
    if (owners.some((owner) => owner?.inChild === undefined))
      sentences.push(
        `A lock that ${one ? 'it' : 'one of them'} holds at this moment stays locked in the child, and the child hangs when it needs that lock.`,
      );
    const known = owners.flatMap((owner) => (owner?.inChild ? [`Of ${owner.library}: ${owner.inChild}.`] : []));
    sentences.push(...new Set(known));
  }
  if (operations > 0) {
    sentences.push(
      `${operations === 1 ? 'An operation' : `${operations} operations`} of libuv's thread pool ` +
        `(files, DNS, crypto, zlib) ${operations === 1 ? 'is' : 'are'} in flight: their callbacks never run in the child.`,
    );
  }
  sentences.push(...remedies(threads, operations), outcome);
  return sentences.filter(Boolean).join(' ');
}

function describeThread({ tid, name, kind, threadId, startedAt, syscall }: ThreadInfo, owner?: Owner): string {
  const whose = owner ? ` of ${owner.library}` : '';
  const state = `tid ${tid}, ${syscall === null ? 'running' : `in ${syscall}`}`;
  if (kind === 'worker' && !threadId && hasModuleHooks())
    return `a Worker, perhaps that of module.register() (${state})`;
  if (kind === 'worker')
    return `Worker${threadId ? ` ${threadId}` : ''}${whose} (${startedAt ? `started at ${startedAt}, ` : ''}${state})`;
  if (kind === 'libuv-worker') return `busy thread of libuv's pool (${state})`;
  if (kind === 'inspector') return `inspector thread "${name}" (${state})`;
  return `thread "${name}"${whose} (${state})`;
}

function remedies(threads: ThreadInfo[], operations: number): string[] {
  const has = (kind: string) => threads.some((thread) => thread.kind === kind);
  const ways = [];
  if (has('worker')) ways.push('end Workers first (await worker.terminate())');
  if (has('worker') && hasModuleHooks())
    ways.push('use module.registerHooks() instead of module.register(), as it has no thread');
  if (has('inspector')) ways.push('close the inspector (inspector.close(), or no --inspect) and detach the debugger');
  if (has('foreign')) ways.push('end the thread first, or hold its locks over the fork (registerAtFork)');
  if (operations > 0) ways.push('await what is in flight');
  ways.push('fork before they start', 'start a new program with spawn() if it need not share this memory');
  return [
    `Instead: ${ways.join('; ')}. See docs/thread-warning.md of posix-fork; setThreadPolicy('ignore') silences this.`,
  ];
}
