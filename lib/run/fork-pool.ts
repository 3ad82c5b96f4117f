// How does one have many tasks done by few children, that see the heap as it was when they were forked?
import { availableParallelism } from 'node:os';
import { checkForkOptions, type CheckedForkOptions } from '../fork/fork.js';
import { requireStack } from '../fork/stack-left.js';
import { native } from '../sys/native.js';
import { framesAbove } from '../sys/stack.js';
import { invalidType, MAX_INT, validateAbortSignal, validateInteger, validateOptions } from '../sys/validate.js';
import { forkRunFrom } from './fork-run.js';
import { forkForPool, isForkServer } from './fork-server.js';
import type { ForkedChildWithPort } from './forked-child.js';
import { type Checked, Pool, type Source } from './pool.js';
import { servePool } from './pool-child.js';
import { Places, SIZE } from './pool-places.js';
import type { ForkPool, ForkPoolOptions, ServedPoolOptions } from './pool-types.js';
import type { ForkPort } from './port.js';
import type { ForkServer } from './server-types.js';

const MAX_SIZE = 1024; // all are forked at once
const DEFAULT_GRACE = 1000; // ms

/**
 * Makes a pool of children of a {@link forkServer}, which call the function of its setup module. That works beside any threads,
 * and in a Worker. {@link ForkPool.refork} gives them what `server.import()` has loaded since. Closing the pool does not close
 * the server.
 *
 * @returns at once
 * @throws as the other form. If there can be no child at all, the tasks reject with the error of `server.fork()`
 * @see fork(2); docs/fork-server.md
 * @example
 * ```ts
 * const setup = new URL('setup.mjs', import.meta.url);
 * fs.writeFileSync(setup, 'export default (n) => n * 2;');
 * await using server = await posix.forkServer<[number], number>(setup);
 * await using pool = posix.forkPool({ server, size: 2 });
 * console.log(await pool.run(21)); // prints: 42
 * ```
 */
export function forkPool<A extends unknown[], R>(options: ServedPoolOptions<A, R>): ForkPool<A, R>;
/**
 * Forks `size` children on the next turn of the event loop. Each calls `work` for one task after the other, and has the heap as
 * it was at the fork; only arguments and results travel. A child that ends is replaced; its task rejects or is tried again, and
 * no other task is affected. A pool keeps the process alive until it is closed.
 *
 * @returns at once
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `ERR_FORK_IN_WORKER`. If there can be no child at
 * all, the tasks reject with the error of {@link forkRun}; if children keep ending at once, with `ERR_POOL_CHILDREN`
 * @see fork(2)
 * @example
 * ```ts
 * const hugeIndex = new Map([['fork', 3], ['wait', 4]]);
 * await using pool = posix.forkPool((query: string) => hugeIndex.get(query), { size: 2 });
 * console.log(await pool.run('wait')); // prints: 4
 * for await (const [index, count] of pool.map(['fork'])) console.log(index, count); // prints: 0 3
 * ```
 */
export function forkPool<A extends unknown[], R>(
  work: (...args: A) => R | PromiseLike<R>,
  options?: ForkPoolOptions,
): ForkPool<A, R>;
export function forkPool(
  workOrOptions: ((...args: never[]) => unknown) | ServedPoolOptions<never[], unknown>,
  options: ForkPoolOptions = {},
): ForkPool<never[], unknown> {
  requireStack('forkPool()');
  const work = workOrOptions;
  if (isServed(work)) {
    const known = validateOptions(work, 'options', [...NAMES, 'server']);
    return new Pool(served(known.server), validate(known));
  }
  if (typeof work !== 'function') throw invalidType('work', 'of type function', work);
  const known = validateOptions(options, 'options', [...NAMES, 'start', 'threads']);
  const { start, threads } = known;
  const checked = validate(known);
  if (start !== undefined && typeof start !== 'function') throw invalidType('options.start', 'of type function', start);
  const forkOptions = checkForkOptions(threads === undefined ? {} : { threads }, 'forkPool');
  const source = forked(work, start, forkOptions, framesAbove(forkPool));
  return new Pool(source, checked);
}

function isServed(work: unknown): work is ServedPoolOptions<never[], unknown> {
  return (
    work !== null &&
    typeof work === 'object' &&
    Object.hasOwn(work, 'server') &&
    isForkServer((work as { server?: unknown }).server)
  );
}

function forked(
  work: (...args: never[]) => unknown,
  start: (() => unknown) | undefined,
  options: CheckedForkOptions,
  frames: () => string,
): Source {
  return async (memory) => {
    const places = new Places();
    const main = (port: ForkPort): unknown => servePool(port, work, start, memory, places);
    const child = await forkRunFrom(frames, main, options, { port: true });
    return { child: child as ForkedChildWithPort<void>, places };
  };
}

function served(server: ForkServer<never[]>): Source {
  return async (memory, signal) => {
    const fd = native.sharedFile(SIZE);
    try {
      const places = new Places(native.mapFile(fd, SIZE));
      return { child: await forkForPool(server, memory, fd, signal), places };
    } finally {
      native.close(fd);
    }
  };
}

const NAMES = [
  ...(['size', 'tasksPerChild', 'memoryPerChild', 'retries'] as const),
  ...(['timeout', 'grace', 'signal'] as const),
];

// Nothing is taken apart by `...others`, which makes an object that inherits what all do.
function validate(known: Omit<ForkPoolOptions, 'start' | 'threads'>): Checked {
  const { signal, size = availableParallelism(), grace = DEFAULT_GRACE } = known;
  const { tasksPerChild = Infinity, memoryPerChild = Infinity, retries = 0, timeout = Infinity } = known;
  validateInteger(size, 'options.size', 1, MAX_SIZE);
  validateLimit(tasksPerChild, 'options.tasksPerChild', 1);
  validateLimit(memoryPerChild, 'options.memoryPerChild', 1, Number.MAX_SAFE_INTEGER);
  validateLimit(retries, 'options.retries', 0);
  validateLimit(timeout, 'options.timeout', 1);
  validateInteger(grace, 'options.grace', 0, MAX_INT);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  return { ...{ size, grace, tasksPerChild, memoryPerChild, retries, timeout }, signal };
}

function validateLimit(value: unknown, name: string, min: number, max = MAX_INT): void {
  if (value !== Infinity) validateInteger(value, name, min, max);
}
