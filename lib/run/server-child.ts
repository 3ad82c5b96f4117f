// What does the requester know of one child of a fork server?
import type { ChildStatus } from '../reap/status.js';
import { abortError } from '../sys/errors.js';
import { addEventListener, removeEventListener } from '../sys/listen.js';
import type { NativeWatch } from '../sys/native.js';
import type { ForkPort } from './port.js';

/** @internal */
export interface Served {
  id: number;
  port: ForkPort;
  pid: number | undefined; // not forked yet
  pidfd: number | undefined;
  end: NativeWatch | undefined; // of the pidfd
  forked: Settle<number>;
  status: Settle<ChildStatus>;
  repairError: string | undefined;
  killed: boolean; // as soon as it is there
}

/** Rejects as soon as the signal says so. @internal */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(abortError(signal));
    };
    if (signal.aborted) abort();
    else addEventListener.call(signal, 'abort', abort, { once: true });
    promise
      .finally(() => {
        removeEventListener.call(signal, 'abort', abort);
      })
      .then(resolve, reject);
  });
}

/** A promise, and what settles it. @internal */
export interface Settle<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

/** @internal */
export function settle<T>(): Settle<T> {
  let resolve!: Settle<T>['resolve'];
  let reject!: Settle<T>['reject'];
  const promise = new Promise<T>((...both) => ([resolve, reject] = both));
  promise.catch(() => undefined); // who wants to know asks
  return { promise, resolve, reject };
}
