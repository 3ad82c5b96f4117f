// What do all children of one forkMap() have in common? Where their results go, how many of them may die, and that the first error
// ends them all.
import type { CheckedForkOptions } from '../fork/fork.js';
import { isThenable } from '../sys/thenable.js';
import { unpackAll } from './batch.js';
import { forkRunFrom } from './fork-run.js';
import { ChildExitError } from './forked-child.js';
import type { ForkPort } from './port.js';
import { decodeResult } from './result.js';
import { untilAborted } from './until.js';

type OnResult<O> = (result: O, index: number) => unknown;

/** What is the same for each child. @internal */
export interface MapSettings<O> {
  /** The stack from the user's line on, for the warning. */
  frames: () => string;
  forkOptions: CheckedForkOptions;
  retries: number;
  onResult: OnResult<O> | undefined;
  signal: AbortSignal | undefined;
}

/** A child of the map. @internal */
export interface MapChild<T> {
  main: (port: ForkPort) => T | PromiseLike<T>;
  port?: boolean;
  /** The child lives, or there is none. */
  begun?: () => void;
  /** What to do with its port until it has ended. */
  follow?: (port: ForkPort) => Promise<void>;
  /** Which item it is at. */
  at: () => number | undefined;
  /** Whether it has come to any. */
  achieved?: () => boolean;
}

/** @internal */
export class MapRun<O> {
  /** Aborted by the caller's signal, and by the first error. */
  readonly end: AbortSignal;
  readonly results: O[];
  readonly #settings: MapSettings<O>;
  readonly #failure = new AbortController();
  readonly #deaths = new Map<number | undefined, number>();
  #error: { reason: unknown } | undefined;

  constructor(settings: MapSettings<O>, length = 0) {
    this.#settings = settings;
    const { signal } = settings;
    this.end = signal === undefined ? this.#failure.signal : AbortSignal.any([signal, this.#failure.signal]);
    this.results = new Array<O>(settings.onResult ? 0 : length);
  }

  /** Whether the results are wanted as a whole, at the end. */
  get collects(): boolean {
    return this.#settings.onResult === undefined;
  }

  get failed(): boolean {
    return this.#error !== undefined;
  }

  /** The first error is the reason; those of the children that it ends are not. */
  fail(reason: unknown, index?: number): void {
    if (this.#error) return;
    this.#error = { reason: this.end.aborted ? reason : withIndex(reason, index) };
    this.#failure.abort();
  }

  throwIfFailed(): void {
    if (this.#error) throw this.#error.reason;
  }

  /** Returns a promise if the caller wants to be waited for. */
  deliver(index: number, value: O): Promise<unknown> | undefined {
    const { onResult } = this.#settings;
    if (!onResult) {
      this.results[index] = value;
      return undefined;
    }
    const taken = onResult(value, index);
    return isThenable(taken) ? untilAborted(this.end, () => taken) : undefined;
  }

  /**
   * Until the port is closed.
   *
   * @param seen - is told of which items there are results: the first so many of these
   * @param through - is told when that many have been delivered
   */
  async receive(
    port: ForkPort,
    seen: (indexes: Uint32Array, count: number) => void,
    through?: (count: number) => void,
  ): Promise<void> {
    for await (const message of port) {
      if (this.failed) return;
      const { indexes, values, failure } = unpackAll<O>(message, decodeResult);
      seen(indexes, values.length);
      if (this.#settings.onResult) await this.#deliverEach(indexes, values);
      else store(this.results, indexes, values);
      if (failure) throw failure.error;
      through?.(values.length);
    }
  }

  async #deliverEach(indexes: Uint32Array, values: ArrayLike<O>): Promise<void> {
    for (let i = 0; i < values.length && !this.failed; i++) {
      const taken = this.deliver(indexes[i] as number, values[i] as O);
      if (taken) await taken;
    }
  }

  /** Resolves when the child has gone: with what it returned, or undefined if it died or all failed. */
  async child<T>({ main, port = false, begun, follow, at, achieved }: MapChild<T>): Promise<{ value: T } | undefined> {
    const { frames, forkOptions } = this.#settings;
    let child;
    try {
      child = await forkRunFrom<T>(frames, main, forkOptions, { signal: this.end, port });
    } catch (error) {
      this.fail(error);
      return undefined;
    } finally {
      begun?.();
    }
    const childPort = port ? child.port : undefined; // which every object may inherit
    const followed =
      childPort &&
      follow?.(childPort).catch((error: unknown) => {
        this.fail(error);
      });
    try {
      return { value: await child.result };
    } catch (error) {
      if (isDeathOf(child.pid, error)) {
        // What it had sent is delivered first: a child that has come further than the last time is another case.
        await followed;
        this.#died(error, at(), achieved?.() ?? false);
      } else {
        this.fail(error, at());
      }
      return undefined;
    } finally {
      await followed;
      // A child whose result has come has yet to exit: its place is free when it is gone.
      await child.status;
    }
  }

  #died(error: ChildExitError, index: number | undefined, achieved: boolean): void {
    // Between two items. As long as each of them achieves something there is an end to it.
    if (index === undefined && achieved && this.#settings.retries > 0) return;
    const deaths = (this.#deaths.get(index) ?? 0) + 1;
    this.#deaths.set(index, deaths);
    if (deaths > this.#settings.retries) this.fail(error, index);
  }
}

// All of them at once: one by one they took half the time that 100,000 small items take.
function store<O>(results: O[], indexes: Uint32Array, values: ArrayLike<O>): void {
  for (let i = 0; i < values.length; i++) results[indexes[i] as number] = values[i] as O;
}

// `fn` may have had a child of its own, whose death it threw.
function isDeathOf(pid: number, error: unknown): error is ChildExitError {
  return error instanceof ChildExitError && error.status.pid === pid;
}

// What came from a child is a copy: no other has it, and it is not frozen. A thrown number or text is that and nothing more.
function withIndex(reason: unknown, index: number | undefined): unknown {
  if (index !== undefined && typeof reason === 'object' && reason !== null)
    Reflect.defineProperty(reason, 'index', { value: index, enumerable: true, writable: true, configurable: true });
  return reason;
}
