// How much may a process use?
import { native } from '../sys/native.js';
import {
  MAX_INT,
  invalidValue,
  outOfRange,
  invalidType,
  validateInteger,
  validateOneOf,
  validateOptions,
} from '../sys/validate.js';

/** A resource that the kernel limits: its name in `getrlimit(2)`, without `RLIMIT_`. */
export type Resource =
  | 'as'
  | 'core'
  | 'cpu'
  | 'data'
  | 'fsize'
  | 'locks'
  | 'memlock'
  | 'msgqueue'
  | 'nice'
  | 'nofile'
  | 'nproc'
  | 'rss'
  | 'rtprio'
  | 'rttime'
  | 'sigpending'
  | 'stack';

/** In bytes, seconds (`cpu`), microseconds (`rttime`), or a number of items; `Infinity`: no limit. */
export interface Limits {
  /** What the kernel enforces. */
  soft: number;
  /** How high the process may raise `soft` itself. */
  hard: number;
}

// <asm-generic/resource.h>, which x86-64 and arm64 have.
const NUMBERS: Readonly<Record<Resource, number>> = Object.freeze({
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
});
const NAMES = Object.keys(NUMBERS) as Resource[];

/**
 * Returns how much of a resource this process may use.
 *
 * @returns both limits; above 2^53 they are rounded
 * @throws `ERR_INVALID_ARG_VALUE`: no such resource
 * @see getrlimit(2)
 * @example
 * ```ts
 * const { soft, hard } = posix.getrlimit('nofile');
 * console.log(soft <= hard); // prints: true
 * ```
 */
export function getrlimit(resource: Resource): Limits {
  return prlimit(0, resource);
}

/**
 * Sets how much of a resource this process, and each process that it starts from now on, may use.
 *
 * @param limits - a number sets both limits; an object sets one or both
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `EINVAL`: `soft` would be above `hard`; `EPERM`:
 * `hard` would rise, without `CAP_SYS_RESOURCE`
 * @see setrlimit(2)
 * @example
 * ```ts
 * posix.setrlimit('core', { soft: 0 }); // no core files
 * console.log(posix.getrlimit('core').soft); // prints: 0
 * ```
 */
export function setrlimit(resource: Resource, limits: number | Partial<Limits>): void {
  const [soft, hard] = toLimits(limits, 'limits');
  native.prlimit(0, toResource(resource, 'resource'), soft, hard);
}

/**
 * Returns the limits of another process, and, if `limits` is given, sets them.
 *
 * @param pid - 0: this process
 * @param limits - as for {@link setrlimit}; default: none are set
 * @returns the limits as they were before
 * @throws as {@link setrlimit}; `ESRCH`: no such process; `EPERM`: it is another user's
 * @see prlimit(2)
 * @example
 * ```ts
 * const pid = posix.spawn('sleep', ['10']);
 * posix.prlimit(pid, 'nofile', { soft: 16 });
 * console.log(posix.prlimit(pid, 'nofile').soft); // prints: 16
 * posix.kill(pid);
 * await posix.waitpid(pid);
 * ```
 */
export function prlimit(pid: number, resource: Resource, limits?: number | Partial<Limits>): Limits {
  validateInteger(pid, 'pid', 0, MAX_INT);
  const number = toResource(resource, 'resource');
  const wanted = limits === undefined ? [] : toLimits(limits, 'limits');
  const [soft, hard] = native.prlimit(pid, number, wanted[0], wanted[1]);
  return { soft, hard };
}

/** resource, soft, hard, resource, soft, hard, …, as the addon takes them. @internal */
export function toLimitList(
  limits: Partial<Record<Resource, number | Partial<Limits>>>,
  name: string,
): (number | undefined)[] {
  const known = validateOptions(limits, name, NAMES);
  return NAMES.flatMap((resource) => {
    const wanted = known[resource];
    return wanted === undefined ? [] : [NUMBERS[resource], ...toLimits(wanted, `${name}.${resource}`)];
  });
}

function toResource(resource: unknown, name: string): number {
  validateOneOf(resource, name, NAMES);
  return NUMBERS[resource];
}

function toLimits(value: unknown, name: string): [soft: number | undefined, hard: number | undefined] {
  if (typeof value === 'number') return [toLimit(value, name), value];
  if (value === null || typeof value !== 'object') throw invalidType(name, 'of type number or object', value);
  const { soft, hard } = validateOptions(value as Partial<Limits>, name, ['soft', 'hard']);
  if (soft === undefined && hard === undefined) throw invalidValue(name, value, 'must have soft or hard');
  if (soft !== undefined) toLimit(soft, `${name}.soft`);
  if (hard !== undefined) toLimit(hard, `${name}.hard`);
  if (soft !== undefined && hard !== undefined && soft > hard) throw outOfRange(`${name}.soft`, `<= ${hard}`, soft);
  return [soft, hard];
}

function toLimit(value: unknown, name: string): number {
  if (value === Infinity) return Infinity;
  validateInteger(value, name, 0, Number.MAX_SAFE_INTEGER);
  return value;
}
