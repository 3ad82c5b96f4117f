// What does the status word of wait(2) say?
import { constants as os } from 'node:os';
import { native, type RawStatus, type ResourceUsage, unsupported } from '../sys/native.js';
import { validateInteger } from '../sys/validate.js';

/** Flags of `waitpid`, from `<sys/wait.h>`. */
export const constants = Object.freeze({
  /** Return at once if no child has changed its state. */
  WNOHANG: 1,
  /** Also report stopped children. */
  WUNTRACED: 2,
  /** Also report stopped children that continue. */
  WCONTINUED: 8,
});

/** The name of a signal. Real-time signals, which have no names in Node, are `SIGRTMIN+n`. */
export type SignalName = NodeJS.Signals | `SIGRTMIN+${number}`;

/** A status without the pid: what the status word says. */
export type DecodedStatus =
  | { state: 'exited'; code: number }
  | { state: 'signaled'; signal: SignalName; signo: number; coreDumped: boolean }
  | { state: 'stopped'; signal: SignalName; signo: number }
  | { state: 'continued' };

/**
 * The status of a child. `raw` is the status word of `wait(2)`; `rusage` is what the child has used, or `null` if something else
 * got these numbers before (it reaped the child, or saw the stop first).
 */
export type ChildStatus = DecodedStatus & { pid: number; raw: number; rusage: ResourceUsage | null };

const CONTINUED = 0xffff;
// The C library keeps the first of the kernel's real-time signals, from 32 on, for itself (nptl(7)): glibc two, musl three. Where
// there is no addon to ask, glibc's.
const firstRealtime = (): number => (unsupported === undefined ? native.sigrtmin() : 34);
const SIGRTMAX = 64;

/**
 * True if the child exited by itself: `exit(3)`, `_exit(2)`, or a return from `main`.
 *
 * @param raw - the status word
 * @returns whether it exited
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see wait(2)
 * @example
 * ```ts
 * console.log(posix.WIFEXITED(0x0300)); // prints: true
 * ```
 */
export function WIFEXITED(raw: number): boolean {
  return (check(raw) & 0x7f) === 0;
}

/**
 * The exit code of a child for which {@link WIFEXITED} holds.
 *
 * @param raw - the status word
 * @returns 0 to 255
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see wait(2)
 * @example
 * ```ts
 * console.log(posix.WEXITSTATUS(0x0300)); // prints: 3
 * ```
 */
export function WEXITSTATUS(raw: number): number {
  return (check(raw) >> 8) & 0xff;
}

/**
 * True if a signal ended the child.
 *
 * @param raw - the status word
 * @returns whether a signal ended it
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see wait(2)
 * @example
 * ```ts
 * console.log(posix.WIFSIGNALED(9)); // prints: true
 * ```
 */
export function WIFSIGNALED(raw: number): boolean {
  const signo = check(raw) & 0x7f;
  return signo !== 0 && signo !== 0x7f; // that is a stop or, with all other bits, a continuation
}

/**
 * The number of the signal that ended a child for which {@link WIFSIGNALED} holds.
 *
 * @param raw - the status word
 * @returns the number of a signal
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see wait(2)
 * @example
 * ```ts
 * console.log(posix.WTERMSIG(9)); // prints: 9
 * ```
 */
export function WTERMSIG(raw: number): number {
  return check(raw) & 0x7f;
}

/**
 * True if the signal that ended the child made it dump core.
 *
 * @param raw - the status word
 * @returns whether it dumped core
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see wait(2)
 * @example
 * ```ts
 * console.log(posix.WCOREDUMP(0x8b)); // prints: true
 * ```
 */
export function WCOREDUMP(raw: number): boolean {
  return WIFSIGNALED(raw) && (raw & 0x80) !== 0;
}

/**
 * True if the child is stopped (`SIGSTOP`, `SIGTSTP`, …), not ended.
 *
 * @param raw - the status word
 * @returns whether it is stopped
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see wait(2)
 * @example
 * ```ts
 * console.log(posix.WIFSTOPPED(0x137f)); // prints: true
 * ```
 */
export function WIFSTOPPED(raw: number): boolean {
  return (check(raw) & 0xff) === 0x7f;
}

/**
 * The number of the signal that stopped a child for which {@link WIFSTOPPED} holds.
 *
 * @param raw - the status word
 * @returns the number of a signal
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see wait(2)
 * @example
 * ```ts
 * console.log(posix.WSTOPSIG(0x137f)); // prints: 19
 * ```
 */
export function WSTOPSIG(raw: number): number {
  return (check(raw) >> 8) & 0xff;
}

/**
 * True if the child was stopped and continues (`SIGCONT`).
 *
 * @param raw - the status word
 * @returns whether it continues
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see wait(2)
 * @example
 * ```ts
 * console.log(posix.WIFCONTINUED(0xffff)); // prints: true
 * ```
 */
export function WIFCONTINUED(raw: number): boolean {
  return check(raw) === CONTINUED;
}

/**
 * Decodes a status word of `wait(2)`: of another program, of a file, or `ChildStatus.raw`.
 *
 * @param raw - an integer from 0 to 0xffff
 * @returns what it says
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`
 * @see wait(2), the `WIF…` macros
 * @example
 * ```ts
 * console.log(posix.decodeStatus(0x0300)); // prints: { state: 'exited', code: 3 }
 * console.log(posix.decodeStatus(0x137f)); // prints: { state: 'stopped', signal: 'SIGSTOP', signo: 19 }
 * ```
 */
export function decodeStatus(raw: number): DecodedStatus {
  if (WIFCONTINUED(raw)) return { state: 'continued' };
  if (WIFEXITED(raw)) return { state: 'exited', code: WEXITSTATUS(raw) };
  if (WIFSTOPPED(raw)) return { state: 'stopped', ...signalOf(WSTOPSIG(raw)) };
  return { state: 'signaled', ...signalOf(WTERMSIG(raw)), coreDumped: WCOREDUMP(raw) };
}

/** @internal */
export function toChildStatus({ pid, raw, rusage }: RawStatus): ChildStatus {
  // Each caller gets objects of its own.
  return { ...decodeStatus(raw), pid, raw, rusage: rusage && { ...rusage } };
}

/** How a child has ended, for messages: `was ended by SIGKILL`, `exited with code 1`. @internal */
export function howOf(status: ChildStatus): string {
  return status.state === 'signaled' ? `was ended by ${status.signal}` : `exited with code ${WEXITSTATUS(status.raw)}`;
}

function check(raw: number): number {
  validateInteger(raw, 'raw', 0, 0xffff);
  return raw;
}

/** The number of a signal by its name, or undefined; in small letters, too, as child_process takes it. @internal */
export function signalNumber(anyCase: string): number | undefined {
  const name = anyCase.toUpperCase();
  if (Object.hasOwn(os.signals, name)) return os.signals[name as NodeJS.Signals];
  const distance = /^SIGRTMIN\+(\d|[12]\d|30)$/.exec(name)?.[1];
  if (distance === undefined) return undefined;
  const signo = firstRealtime() + Number(distance);
  return signo > SIGRTMAX ? undefined : signo;
}

function signalOf(signo: number): { signal: SignalName; signo: number } {
  for (const [name, number] of Object.entries(os.signals)) {
    if (number === signo) return { signal: name as NodeJS.Signals, signo };
  }
  return { signal: `SIGRTMIN+${signo - firstRealtime()}`, signo };
}
