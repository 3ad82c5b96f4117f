// Which functions and options need what not each kernel and C library has, is it here, and what happens without?
import { existsSync } from 'node:fs';
import { NAMESPACES, namespacesHere } from '../spawn/place.js';
import { native } from '../sys/native.js';

/** A function, or an option, that needs what not each kernel and C library has. */
export interface SupportedFunction {
  /** The function, or its option: `'pidfd()'`, `'spawn({ cgroup })'`. */
  name: string;
  /** What it needs, and since when there is one: `'pidfd_open, Linux 5.3'`. */
  needs: string;
  /** Whether that is here, and no filter of system calls (seccomp) forbids it. */
  here: boolean;
  /** What happens without it. */
  without: string;
}

const THROWS = 'it throws';

// What each needs: a system call of native.missingCalls(), a function of native.spawnSupport(), or a file.
const FUNCTIONS: readonly (readonly [name: string, needs: string, since: string, without: string])[] = [
  ['waitpid(), wait()', 'pidfd_open', 'Linux 5.3', 'they are woken by SIGCHLD and a timer'],
  ['pidfd()', 'pidfd_open', 'Linux 5.3', THROWS],
  ['kill()', 'pidfd_send_signal', 'Linux 5.1', 'it uses kill(2), which knows a child by its number only'],
  ["waitid('pidfd')", 'waitid(P_PIDFD)', 'Linux 5.4', THROWS],
  ['fexecve()', 'execveat', 'Linux 3.19', THROWS],
  ['forkPool() of a fork server', 'memfd_create', 'Linux 3.17', THROWS],
  ['spawn({ cgroup })', 'clone3(CLONE_INTO_CGROUP)', 'Linux 5.7', THROWS],
  ['spawn({ setns })', 'setns', 'Linux 3.0', THROWS],
  ['spawn({ affinity })', 'sched_setaffinity', 'Linux 2.6', THROWS],
  ['spawn({ scheduler })', 'sched_setscheduler', 'Linux 2.0', THROWS],
  ['spawn({ fds })', 'close_range', 'Linux 5.9', 'what is not named is closed one by one'],
  [
    'spawn()',
    'posix_spawn_file_actions_addclosefrom_np',
    'glibc 2.34',
    'what is to be closed is listed just before: the program also gets what another thread opens meanwhile without close-on-exec',
  ],
  [
    'spawn({ cwd })',
    'posix_spawn_file_actions_addchdir_np',
    'glibc 2.29, musl 1.1.24',
    "it works, by a child of the package's own",
  ],
  [
    'spawn({ foreground })',
    'posix_spawn_file_actions_addtcsetpgrp_np',
    'glibc 2.35',
    "it works, by a child of the package's own",
  ],
  ['openpty(), spawnChild({ pty })', '/dev/ptmx', 'devpts', 'they throw'],
];

/** @internal */
export function supportedFunctions(): SupportedFunction[] {
  const missing = new Set([...native.missingCalls(), ...native.spawnSupport()]);
  const namespaces = namespacesHere();
  return [
    ...FUNCTIONS.map(([name, what, since, without]) => {
      const here = what.startsWith('/') ? existsSync(what) : !missing.has(what);
      return { name, needs: `${what}, ${since}`, here, without };
    }),
    ...NAMESPACES.map((kind) => ({
      name: `spawn({ unshare: ['${kind}'] })`,
      needs: `namespaces of this kind in the kernel`,
      here: namespaces.includes(kind),
      without: THROWS,
    })),
  ];
}
