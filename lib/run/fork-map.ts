// How does one spread work on the heap that is there already over all processors? Children take the items in turns.
import { availableParallelism } from 'node:os';
import { framesAbove } from '../sys/stack.js';
import { requireStack } from '../fork/stack-left.js';
import type { ThreadPolicy } from '../fork/thread-policy.js';
import { checkForkOptions, type CheckedForkOptions } from '../fork/fork.js';
import { abortError } from '../sys/errors.js';
import { invalidType, MAX_INT, validateAbortSignal, validateInteger, validateOptions } from '../sys/validate.js';
import { type ItemQueue, inMemory, isIterable, Queue } from './items.js';
import { mapInherited, mapOneByOne, mapSent, packItem } from './map-lanes.js';
import { MapRun } from './map-run.js';

/** Options of {@link forkMap}. */
export interface ForkMapOptions<O = unknown> {
  /** How many children may be alive at once. Default: the number of processors (`os.availableParallelism()`). */
  concurrency?: number;
  /**
   * After how many items a child is replaced by a new one, which has the heap as it is then. Default `Infinity`: children live
   * until there are no more items. With 1 each item has a child of its own, which always inherits the item.
   */
  itemsPerChild?: number;
  /**
   * How often an item is tried again when its child dies without a result for it (but not when `fn` throws). Default 0: the first
   * death is the error. All items that the child had taken and not answered are tried again, so `fn` may run twice for an item;
   * each still has exactly one result.
   */
  retries?: number;
  /**
   * Gets each result when it arrives; then `forkMap()` collects none. If it returns a promise, that child's next result waits for
   * it, and so does the child when its socket is full: memory does not grow, however much data there is. If it throws, that is
   * the error.
   */
  onResult?: (result: O, index: number) => unknown;
  /** Ends all children; the promise rejects with an `AbortError`. */
  signal?: AbortSignal;
  /** What to do if there are threads that a child is not safe from, as in {@link ForkOptions}. */
  threads?: ThreadPolicy;
}

/**
 * Calls `fn` for each item, in children that have the whole heap as it was when they were forked. The results come back as with
 * {@link forkRun}.
 *
 * Children inherit arrays, typed arrays, sets, maps and strings as they are when `forkMap()` is called, whatever they contain.
 * Items of any other iterable are requested when a child has room for them, and sent by structured clone.
 *
 * @returns the results in the order of the items; `undefined` with `onResult`
 * @throws (rejects) with the first error, after all other children have ended: what `fn` threw, or the {@link ChildExitError} of
 * a child that died, each with the `index` of the item if it is an object; also as {@link forkRun}. Neither an error nor the
 * signal waits for an item that the source has not produced yet
 * @see fork(2)
 * @example
 * ```ts
 * const hugeIndex = new Map([['fork', 3], ['wait', 4]]);
 * const counts = await posix.forkMap(['wait', 'fork'], (query) => hugeIndex.get(query), { concurrency: 4 });
 * console.log(counts); // prints: [ 4, 3 ]
 * ```
 */
export function forkMap<I, O>(
  items: Iterable<I> | AsyncIterable<I>,
  fn: (item: I, index: number) => O | PromiseLike<O>,
  options: ForkMapOptions<O> & { onResult: (result: O, index: number) => unknown },
): Promise<undefined>;
export function forkMap<I, O>(
  items: Iterable<I> | AsyncIterable<I>,
  fn: (item: I, index: number) => O | PromiseLike<O>,
  options?: ForkMapOptions<O> & { onResult?: undefined },
): Promise<O[]>;
export async function forkMap<I, O>(
  items: Iterable<I> | AsyncIterable<I>,
  fn: (item: I, index: number) => O | PromiseLike<O>,
  options: ForkMapOptions<O> = {},
): Promise<O[] | undefined> {
  requireStack('forkMap()');
  if (!isIterable(items)) throw invalidType('items', 'an iterable or an async iterable', items);
  if (typeof fn !== 'function') throw invalidType('fn', 'of type function', fn);
  const checked = validate(options);
  const { concurrency, itemsPerChild, onResult, signal } = checked;
  const settings = { ...checked, frames: framesAbove(forkMap) };
  const inherited = itemsPerChild === 1 ? undefined : inMemory(items);
  if (inherited) {
    if (signal?.aborted) throw abortError(signal);
    const run = new MapRun<O>(settings, inherited.length);
    await mapInherited(run, inherited, fn, { concurrency, itemsPerChild });
    run.throwIfFailed();
    return onResult ? undefined : run.results;
  }
  const run = new MapRun<O>(settings);
  let queue: Queue<I, unknown>;
  if (itemsPerChild === 1) {
    const whole = (queue = new Queue<I>(items, run.end, (item) => item));
    await inLanes(run, queue, concurrency, () => mapOneByOne(run, whole, fn));
  } else {
    queue = new Queue(items, run.end, packItem);
    await inLanes(run, queue, concurrency, () => mapSent(run, queue, fn, itemsPerChild));
  }
  if (run.failed) await queue.close();
  run.throwIfFailed();
  return onResult ? undefined : run.results;
}

function validate<O>(options: ForkMapOptions<O>): {
  concurrency: number;
  itemsPerChild: number;
  retries: number;
  forkOptions: CheckedForkOptions;
  onResult: ForkMapOptions<O>['onResult'];
  signal: AbortSignal | undefined;
} {
  const checked = validateOptions(options, 'options', [
    'concurrency',
    'itemsPerChild',
    'retries',
    'onResult',
    'signal',
    'threads',
  ]);
  const { concurrency = availableParallelism(), itemsPerChild = Infinity, retries = 0, onResult, signal } = checked;
  validateInteger(concurrency, 'options.concurrency', 1, MAX_INT);
  if (itemsPerChild !== Infinity) validateInteger(itemsPerChild, 'options.itemsPerChild', 1, MAX_INT);
  validateInteger(retries, 'options.retries', 0, MAX_INT);
  if (onResult !== undefined && typeof onResult !== 'function')
    throw invalidType('options.onResult', 'of type function', onResult);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  const { threads } = checked;
  const forkOptions = checkForkOptions(threads === undefined ? {} : { threads }, 'forkMap');
  return { concurrency, itemsPerChild, retries, forkOptions, onResult, signal };
}

// A lane is begun when the ones before have work, so that a large number costs nothing.
async function inLanes<O>(
  run: MapRun<O>,
  queue: ItemQueue<unknown>,
  concurrency: number,
  begin: () => Promise<void>,
): Promise<void> {
  const lanes: Promise<void>[] = [];
  while (lanes.length < concurrency && !queue.exhausted && !run.failed) {
    lanes.push(
      begin().catch((error: unknown) => {
        run.fail(error);
      }),
    );
    await queue.asked();
  }
  await Promise.all(lanes);
}
