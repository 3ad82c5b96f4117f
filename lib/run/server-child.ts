// What does the requester know of one child of a fork server?
import type { ChildStatus } from '../reap/status.js';
import { native, type NativeWatch } from '../sys/native.js';
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

/** Whether it has, as its pidfd tells, though the template has not said so yet. @internal */
export function hasEnded({ pidfd }: Served): boolean {
  return pidfd !== undefined && native.waitForFd(pidfd, true, false, 0);
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
  promise.catch(() => undefined); // one that nobody waits for is no unhandled rejection
  return { promise, resolve, reject };
}
