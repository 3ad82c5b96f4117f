// How is a signal sent, and never to a stranger?
import { codedError } from '../sys/errors.js';
import { native } from '../sys/native.js';
import { type SignalName, signalNumber } from './status.js';
import { invalidType, validateInteger, MAX_INT } from '../sys/validate.js';

const MAX_SIGNAL = 64;

/**
 * Sends a signal. A child of this package is signaled through its pidfd: once it is reaped the call throws, even if another
 * process has its pid meanwhile (the error says so; `process.kill()` would reach that process). For any other pid this is
 * `kill(2)`: 0 means the caller's process group, -1 every process, -pgid a group; signal 0 only checks whether the process
 * exists.
 *
 * @param signal - a name (`'SIGTERM'`, `'SIGRTMIN+1'`; small letters will do) or a number from 0 to 64; default `'SIGTERM'`
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`, `ERR_UNKNOWN_SIGNAL`; `ESRCH`: no such process, or a child that has
 * been reaped; `EPERM`
 * @see kill(2), pidfd_send_signal(2)
 * @example
 * ```ts
 * const pid = posix.spawn('sleep', ['10']);
 * posix.kill(pid, 'SIGKILL');
 * console.log((await posix.waitpid(pid)).state); // prints: signaled
 * ```
 */
export function kill(pid: number, signal: SignalName | number = 'SIGTERM'): void {
  validateInteger(pid, 'pid', -MAX_INT, MAX_INT);
  native.kill(pid, toSignalNumber(signal));
}

/** The same for a child of ours that may have ended: that it has is no error. @internal */
export function killChild(pid: number, signo: number): void {
  try {
    native.kill(pid, signo);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The number that is meant, from 0 to 64. @internal */
export function toSignalNumber(signal: unknown, name = 'signal'): number {
  if (typeof signal === 'number') {
    validateInteger(signal, name, 0, MAX_SIGNAL);
    return signal;
  }
  if (typeof signal !== 'string') throw invalidType(name, 'of type string or number', signal);
  const signo = signalNumber(signal);
  if (signo === undefined)
    throw codedError(
      TypeError,
      'ERR_UNKNOWN_SIGNAL',
      `Unknown signal: ${signal}${name === 'signal' ? '' : ` (${name})`}`,
    );
  return signo;
}
