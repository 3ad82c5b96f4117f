// Who is a program that starts: whose, how important, with which limits and signals?
import { type Limits, type Resource, toLimitList } from '../process/limits.js';
import { toSignalNumber } from '../reap/kill.js';
import type { SignalName } from '../reap/status.js';
import { toList } from './program.js';
import { PLACE_OPTIONS, type PlaceOptions } from './place.js';
import type { NativeWho } from '../sys/native.js';
import { invalidValue, validateBoolean, validateInteger, validateOneOf, validateOptions } from '../sys/validate.js';

/** A real-time scheduling policy, which comes before all others. */
export interface RealTime {
  /** First in, first out; or round robin. */
  policy: 'fifo' | 'rr';
  /** 1 (lowest) to 99. */
  priority: number;
}

/** User, priority and limits of the program; part of {@link SpawnOptions}. Each defaults to what this process has. */
export interface WhoOptions extends PlaceOptions {
  /** The user that it runs as. It loses the capabilities of this process, ambient ones too. */
  uid?: number;
  /** The group that it runs as. */
  gid?: number;
  /** Its supplementary groups. Default with `uid` or `gid`: none, as in `child_process`. */
  groups?: readonly number[];
  /** Its file mode creation mask. */
  umask?: number;
  /** Its nice value: -20 (first) to 19. */
  nice?: number;
  /** Its scheduling policy. `'batch'` and `'idle'` come after the others. */
  scheduler?: 'other' | 'batch' | 'idle' | RealTime;
  /** The processors that it may run on, by their numbers. */
  affinity?: readonly number[];
  /** Its resource limits. A number sets the soft and the hard limit, an object one or both. */
  limits?: Readonly<Partial<Record<Resource, number | Partial<Limits>>>>;
  /** The signals that are blocked when it starts. Default: none. */
  sigmask?: readonly (SignalName | number)[];
  /** The signals that it ignores when it starts: `['SIGHUP']` is `nohup(1)`. Default: none. */
  sigignore?: readonly (SignalName | number)[];
  /** Whether an exec can give neither it nor its children more rights than it has (by set-user-ID programs). Default `false`. */
  noNewPrivs?: boolean;
}

/** @internal */
export const WHO_OPTIONS = [
  ...PLACE_OPTIONS,
  ...(['uid', 'gid', 'groups', 'umask', 'nice', 'scheduler', 'affinity', 'limits'] as const),
  ...(['sigmask', 'sigignore', 'noNewPrivs'] as const),
] as const;

const NONE = -1;
const MAX_ID = 2 ** 32 - 2; // the last one means "as it is" to the kernel
const MAX_GROUPS = 65_536; // NGROUPS_MAX
const MAX_PROCESSOR = 8191; // the most that a kernel for x86-64 is built for
const MAX_UMASK = 0o777;
const UNCATCHABLE = [9, 19]; // SIGKILL, SIGSTOP
const POLICIES = { other: 0, fifo: 1, rr: 2, batch: 3, idle: 5 } as const; // <linux/sched.h>

/** `undefined` where nothing of all this is asked for, and `posix_spawn(3)` can do the rest. @internal */
export function toWho(options: WhoOptions): NativeWho | undefined {
  const { uid, gid, groups, umask, nice, scheduler, affinity, limits, sigmask, sigignore, noNewPrivs } = options;
  if (WHO_OPTIONS.every((name) => options[name] === undefined)) return undefined;
  if (uid !== undefined) validateInteger(uid, 'options.uid', 0, MAX_ID);
  if (gid !== undefined) validateInteger(gid, 'options.gid', 0, MAX_ID);
  if (umask !== undefined) validateInteger(umask, 'options.umask', 0, MAX_UMASK);
  if (nice !== undefined) validateInteger(nice, 'options.nice', -20, 19);
  if (noNewPrivs !== undefined) validateBoolean(noNewPrivs, 'options.noNewPrivs');
  return {
    uid,
    gid,
    groups: groups === undefined ? undefined : toIntegers(groups, 'options.groups', MAX_ID, MAX_GROUPS),
    umask,
    nice,
    ...toPolicy(scheduler),
    affinity: affinity === undefined ? [] : toProcessors(affinity),
    limits: limits === undefined ? [] : toLimitList(limits, 'options.limits'),
    blocked: toSignals(sigmask, 'options.sigmask'),
    ignored: toSignals(sigignore, 'options.sigignore'),
    noNewPrivs: noNewPrivs ?? false,
    namespaces: 0,
    join: [],
    cgroup: NONE,
  };
}

function toPolicy(scheduler: unknown): { policy: number | undefined; priority: number } {
  if (scheduler === undefined) return { policy: undefined, priority: 0 };
  const name = 'options.scheduler';
  if (scheduler === null || typeof scheduler !== 'object') {
    validateOneOf(scheduler, name, ['other', 'batch', 'idle'] as const);
    return { policy: POLICIES[scheduler], priority: 0 };
  }
  const { policy, priority } = validateOptions(scheduler as RealTime, name, ['policy', 'priority']);
  validateOneOf(policy, `${name}.policy`, ['fifo', 'rr']);
  validateInteger(priority, `${name}.priority`, 1, 99);
  return { policy: POLICIES[policy], priority };
}

function toProcessors(affinity: unknown): number[] {
  const processors = toIntegers(affinity, 'options.affinity', MAX_PROCESSOR, MAX_PROCESSOR + 1);
  if (processors.length === 0) throw invalidValue('options.affinity', affinity, 'must have at least one processor');
  return processors;
}

function toSignals(signals: unknown, name: string): number[] {
  if (signals === undefined) return [];
  return toList(signals, name, 64).map((signal, i) => {
    const signo = toSignalNumber(signal, `${name}[${i}]`);
    if (signo === 0) throw invalidValue(`${name}[${i}]`, signal, 'must be a signal');
    if (UNCATCHABLE.includes(signo)) throw invalidValue(`${name}[${i}]`, signal, 'can neither be blocked nor ignored');
    return signo;
  });
}

function toIntegers(value: unknown, name: string, max: number, most: number): number[] {
  return toList(value, name, most).map((each, i) => {
    validateInteger(each, `${name}[${i}]`, 0, max);
    return each;
  });
}
