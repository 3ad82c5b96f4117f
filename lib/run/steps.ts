// How does a child of a map or a pool work without a promise, of which hooks of async_hooks would hear? In one callback after the other.
import { inThisContext, isHeard, later, waiter } from '../node/async-hooks.js';

interface Waiter {
  wait: (value: unknown) => void;
  fail: (error: unknown) => void;
}

/** Child. Work that goes on in one callback after the other. @internal */
export abstract class Steps {
  readonly #inContext = inThisContext();

  /** Calls `work` in the caller's async context. What it throws is the end. */
  step(work: () => void): void {
    this.#inContext(() => {
      this.#try(work);
    });
  }

  /** Waits for one value after the other, as settle() does, and goes on with one of the two. */
  protected waiter(done: (value: unknown) => void, failed: (error: unknown) => void): Waiter {
    const fail = (error: unknown): void => {
      this.#resume(failed, error);
    };
    const wait = waiter((value) => {
      this.#resume(done, value);
    }, fail);
    return { wait, fail };
  }

  /** What `start` throws is waited for, too. */
  protected settle({ wait, fail }: Waiter, start: () => unknown): void {
    try {
      wait(start());
    } catch (error) {
      later(() => {
        fail(error);
      });
    }
  }

  // V8 keeps the context that Node 24 and later have for it; a context that only hooks know is not needed without any.
  #resume(work: (value: unknown) => void, value: unknown): void {
    if (isHeard())
      this.#inContext(() => {
        this.#try(work, value);
      });
    else this.#try(work, value);
  }

  #try(work: (value?: unknown) => void, value?: unknown): void {
    try {
      work(value);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The same a moment later, on an empty stack. */
  soon(work: () => void): void {
    later(() => {
      this.step(work);
    });
  }

  protected abstract fail(error: unknown): void;
}
