// What does an error of this package look like? Like Node's own: a `code`, and `TypeError [ERR_…]` in the stack.

import os from 'node:os';

type ErrorClass = new (message: string) => Error;

/**
 * An error with a `code`, whose stack begins at the caller of `below`.
 * @internal
 */
export function codedError(
  Class: ErrorClass,
  code: string,
  message: string,
  below?: (...args: never[]) => unknown,
): Error & { code: string } {
  const error = new Class(message);
  // V8 writes `stack` when it is first read: the name carries the code until then only, as in Node's own errors.
  Object.defineProperty(error, 'name', { value: `${error.name} [${code}]`, configurable: true });
  Error.captureStackTrace(error, below ?? codedError);
  Reflect.get(error, 'stack');
  Reflect.deleteProperty(error, 'name');
  return Object.assign(error, { code });
}

/** What is assigned where the program has frozen Error.prototype, which has a `name`, is an error of its own. @internal */
export function withFields<E extends Error, F extends object>(error: E, fields: F): E & F {
  for (const [key, value] of Object.entries(fields))
    Object.defineProperty(error, key, {
      value: value as unknown,
      writable: true,
      configurable: true,
      enumerable: true,
    });
  return error as E & F;
}

/** A system call's, as the addon and Node's own functions throw it. @internal */
export function systemError(code: 'ECHILD' | 'EMFILE', message: string, syscall: string): Error {
  const error = new Error(`${code}: ${message}`);
  return withFields(error, { errno: -os.constants.errno[code], code, syscall });
}

/** A runtime in which the addon cannot work at all, or not fully. @internal */
export function unsupportedError(reason: string): Error {
  return codedError(Error, 'ERR_FORK_UNSUPPORTED_RUNTIME', `posix-fork does not work here: ${reason}`);
}

/** As Node's own functions reject: the caller's reason is the cause. @internal */
export function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return withFields(error, { name: 'AbortError', code: 'ABORT_ERR' });
}
