// What if an answer never comes, and a signal says that nobody needs it any more?
import { abortError } from '../sys/errors.js';
import { addEventListener, ONCE, removeEventListener } from '../sys/listen.js';

/**
 * What `start` promises, or an `AbortError`, whichever comes first. Nothing is started when the signal was aborted already. (Not
 * `Promise.race()`: what never settles would hold on to every answer.)
 *
 * @param signal - undefined: it is only started. @internal
 */
export function untilAborted<T>(signal: AbortSignal | undefined, start: () => T | PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal === undefined) {
      resolve(start());
      return;
    }
    const abort = (): void => {
      reject(abortError(signal));
    };
    if (signal.aborted) {
      abort();
      return;
    }
    addEventListener.call(signal, 'abort', abort, ONCE);
    new Promise<T>((answer) => {
      answer(start());
    })
      .finally(() => {
        removeEventListener.call(signal, 'abort', abort);
      })
      .then(resolve, reject);
  });
}
