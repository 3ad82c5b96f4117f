// What of a promise that tells of a child, in a process that was forked while it was pending? Nobody there learns what it waits for.
import { inSameProcess } from '../child/when-child.js';
import { systemError } from '../sys/errors.js';

/**
 * Asks for the promise later on: where it can never settle, for one that rejects as `waitpid()` does there. It is no unhandled
 * rejection if nobody waits for either. @internal
 */
export function ofThisProcess<T>(promise: Promise<T>): () => Promise<T> {
  const isOurs = inSameProcess();
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  promise.then(settle, settle);
  return () => (settled || isOurs() ? promise : notOurs());
}

function notOurs(): Promise<never> {
  const message = 'no child processes, waitpid (the child is the parent’s)';
  const rejected: Promise<never> = Promise.reject(systemError('ECHILD', message, 'waitpid'));
  rejected.catch(() => undefined);
  return rejected;
}
