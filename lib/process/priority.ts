// How important is a process, a group, a user?
import { native } from '../sys/native.js';
import { MAX_INT, validateInteger, validateOneOf } from '../sys/validate.js';

/** Whose nice value: that of a process, of all processes of a group, or of all processes of a user. */
export type PriorityOf = 'process' | 'group' | 'user';

const KINDS = { process: 0, group: 1, user: 2 } as const; // <sys/resource.h>
const MAX_ID = 2 ** 32 - 2;

/**
 * The nice value of a process, or the lowest nice value of all processes of a group or a user.
 *
 * @param who - a pid, the id of a group or of a user; 0: this process, its group, its user
 * @returns -20 (comes first) to 19
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `ESRCH`: there is none
 * @see getpriority(2)
 * @example
 * ```ts
 * const pid = posix.spawn('sleep', ['10'], { nice: 19 });
 * console.log(posix.getpriority('process', pid)); // prints: 19
 * posix.kill(pid);
 * await posix.waitpid(pid);
 * ```
 */
export function getpriority(which: PriorityOf, who = 0): number {
  return native.getPriority(...toWhom(which, who));
}

/**
 * Sets the nice value of a process, of all processes of a group, or of all processes of a user. In Linux each thread has a nice
 * value of its own, which it inherits from the thread that has started it; for a process, this sets that of its main thread only.
 * To set it for all threads of a program, use `nice` of {@link spawn}.
 *
 * @param who - as for {@link getpriority}
 * @param nice - -20 (comes first) to 19
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `ESRCH`: there is none; `EACCES`: only root, or
 * `RLIMIT_NICE`, allows a lower value; `EPERM`: it is another user's
 * @see setpriority(2)
 * @example
 * ```ts
 * const leader = posix.spawn('sh', ['-c', 'sleep 10 & wait'], { pgid: 0 });
 * posix.setpriority('group', leader, 10); // what it has started, too
 * console.log(posix.getpriority('group', leader)); // prints: 10
 * posix.kill(-leader);
 * await posix.waitpid(leader);
 * ```
 */
export function setpriority(which: PriorityOf, who: number, nice: number): void {
  const [kind, id] = toWhom(which, who);
  validateInteger(nice, 'nice', -20, 19);
  native.setPriority(kind, id, nice);
}

function toWhom(which: PriorityOf, who: number): [kind: number, id: number] {
  validateOneOf(which, 'which', ['process', 'group', 'user']);
  validateInteger(who, 'who', 0, which === 'user' ? MAX_ID : MAX_INT);
  return [KINDS[which], who];
}
