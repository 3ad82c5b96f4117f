// Which system calls can fail, how, and what does the package make of it?

/** With which errors each call is made to fail. */
export const ERRORS = {
  bind: ['EADDRNOTAVAIL'],
  chdir: ['EACCES'],
  clone: ['EAGAIN', 'ENOMEM', 'EPERM'],
  close: ['EIO', 'EINTR'],
  closedir: ['EIO'],
  dup3: ['EINTR', 'EMFILE'],
  epoll_create1: ['EMFILE', 'ENOMEM'],
  epoll_ctl: ['ENOMEM', 'ENOSPC'],
  epoll_wait: ['EINTR'],
  eventfd: ['EMFILE', 'ENFILE', 'ENOMEM'],
  execve: ['E2BIG', 'ENOMEM'],
  faccessat: ['EACCES'],
  fcntl: ['EMFILE'],
  flock: ['EINTR', 'ENOLCK'],
  ftruncate: ['ENOSPC'],
  fork: ['EAGAIN', 'ENOMEM'],
  getpgid: ['ESRCH'],
  getpriority: ['EACCES'],
  getrandom: ['EINTR', 'ENOSYS'],
  getrlimit: ['EPERM'],
  getsid: ['EPERM'],
  getsockopt: ['ENOBUFS'],
  inotify_init1: ['EMFILE', 'ENOMEM'],
  ioctl: ['ENOTTY', 'EINVAL'],
  kill: ['EPERM'],
  listen: ['EADDRINUSE'],
  madvise: ['EINVAL', 'EAGAIN', 'EPERM'], // ENOMEM: there are holes
  memfd_create: ['EMFILE', 'ENOSYS'],
  mkfifo: ['ENOSPC'],
  mmap: ['ENOMEM'],
  mprotect: ['ENOMEM'],
  munmap: ['ENOMEM'],
  nanosleep: ['EINTR'],
  open: ['EMFILE', 'ENOMEM'],
  opendir: ['EMFILE', 'ENOMEM'],
  pipe2: ['EMFILE', 'ENFILE'],
  poll: ['EINTR', 'ENOMEM'],
  posix_openpt: ['ENOSPC', 'EMFILE'],
  posix_spawn: ['EAGAIN', 'ENOMEM'],
  posix_spawn_file_actions_addclose: ['ENOMEM'],
  posix_spawn_file_actions_adddup2: ['ENOMEM'],
  posix_spawn_file_actions_addopen: ['ENOMEM'],
  posix_spawn_file_actions_init: ['ENOMEM'],
  posix_spawnattr_init: ['ENOMEM'],
  prctl: ['EPERM'],
  pread: ['EINTR', 'EIO'],
  process_vm_readv: ['EPERM', 'ENOSYS'], // where a container forbids it
  pthread_attr_init: ['ENOMEM'],
  pthread_create: ['EAGAIN'],
  pthread_getcpuclockid: ['ESRCH'],
  read: ['EINTR', 'EIO'],
  readdir: ['EIO'],
  recvmsg: ['EINTR', 'ENOMEM'],
  sendmsg: ['EINTR', 'ENOBUFS'],
  setitimer: ['EINVAL'],
  setns: ['EPERM'],
  setpgid: ['EACCES'],
  setpriority: ['EACCES'],
  setsid: ['EACCES'], // the fixture leads a group already: EPERM is what it gets without a fault
  setsockopt: ['ENOMEM'],
  shutdown: ['ENOTCONN'],
  sigaction: ['EINVAL'],
  sigprocmask: ['EINVAL'],
  socket: ['EMFILE', 'EAFNOSUPPORT'],
  socketpair: ['EMFILE', 'ENOMEM'],
  stat: ['EACCES', 'ENOMEM'],
  tcgetattr: ['EIO'],
  tcgetpgrp: ['EIO'], // without a terminal it is ENOTTY anyway
  tcsetattr: ['EINTR', 'EIO'],
  tcsetpgrp: ['EINTR', 'EIO'],
  usleep: ['EINTR'],
  vfork: ['EAGAIN'],
  waitpid: ['EINTR'],
  write: ['EAGAIN'],
  SYS_clone: ['EAGAIN', 'EPERM'],
  SYS_clone3: ['ENOSYS'],
  SYS_close_range: ['ENOSYS'],
  SYS_execveat: ['ENOMEM'],
  SYS_prlimit64: ['EPERM'],
  SYS_sched_setaffinity: ['EINVAL'],
  SYS_sched_setscheduler: ['EPERM'],
  SYS_setgroups: ['EPERM', 'ENOMEM'],
  SYS_setresgid: ['EPERM'],
  SYS_setresuid: ['EAGAIN', 'EPERM'],
  SYS_futex: ['EINTR'],
  SYS_mount: ['EPERM'],
  SYS_openat: ['EMFILE'],
  SYS_pidfd_open: ['EMFILE', 'ENOSYS', 'EPERM'],
  SYS_pidfd_send_signal: ['ENOSYS', 'EPERM'],
  SYS_read: ['EIO', 'EINTR'],
  // A pidfd's: Linux 5.3 refuses it.
  SYS_waitid: ['EINTR', 'EINVAL'],
  'SYS_waitid(P_PID)': ['EINTR'],
};

/** What else the addon imports of the C library, and why it is not made to fail. */
export const NOT_FAULTED = {
  'cannot fail': [
    'getpid',
    'getppid',
    'getpgrp',
    'getauxval',
    'sysconf',
    '_exit',
    'strerror',
    'gnu_get_libc_version',
    '__libc_current_sigrtmin',
    'umask',
    'getresuid',
    'getresgid',
    'geteuid',
    'getegid',
  ],
  'only says yes or no': ['isatty', 'dlsym', 'dl_iterate_phdr', 'getenv', 'malloc_usable_size', 'readlink'],
  'fails for wrong arguments only, or not at all in glibc and musl': [
    ...['posix_spawn_file_actions_destroy', 'posix_spawnattr_destroy', 'posix_spawnattr_setflags'],
    ...['posix_spawnattr_setpgroup', 'posix_spawnattr_setsigdefault', 'posix_spawnattr_setsigmask'],
    ...['pthread_attr_destroy', 'pthread_attr_getstacksize', 'pthread_attr_setstacksize', 'pthread_join'],
    ...['pthread_cond_destroy', 'pthread_mutex_lock', 'pthread_mutex_unlock', 'pthread_sigmask'],
    ...['pthread_mutex_init', 'pthread_mutex_trylock', 'pthread_mutex_consistent', 'pthread_mutexattr_init'],
    ...['pthread_mutexattr_destroy', 'pthread_mutexattr_setpshared', 'pthread_mutexattr_setrobust'],
    ...['pthread_mutexattr_settype', 'pthread_once'],
    ...['sigaddset', 'sigemptyset', 'sigfillset'],
    ...['cfgetispeed', 'cfgetospeed', 'cfsetispeed', 'cfsetospeed', 'cfmakeraw'],
  ],
  'while the addon is loaded, before a test can say anything': [
    ...['__register_atfork', 'pthread_atfork', 'pthread_getattr_np', 'pthread_attr_getstack', 'pthread_self'],
  ],
  'only where signals are pending: what it does not tell of is taken for being at work': ['tee'],
  'writes what JavaScript has not; there is nobody to tell': ['fflush'],
  'only where the kernel has no close_range(2)': ['lseek', 'lseek64'],
  'works on memory': [
    ...[
      'memchr',
      'memcmp',
      'memcpy',
      'memmove',
      'memset',
      'snprintf',
      'strchr',
      'strcmp',
      'strlen',
      'strncpy',
      'strstr',
      'strtol',
      'strtoull',
    ],
    ...['__isoc99_sscanf', 'sscanf', 'atoi', '__errno_location', '__tls_get_addr', '__libc_single_threaded'],
  ],
};

/** After which faults an operation goes on as if nothing had been, and why it may. `where` may name one operation. */
const HANDLED = [
  ['close closedir munmap', 'what was to be released has been'],
  ['EINTR', 'called again'],
  ['SYS_close_range', 'closed one by one', 'spawnWho spawnPty spawnPlace spawnJoin execElsewhere fexecve'],
  ['SYS_setgroups EPERM', 'nobody has to be allowed what changes nothing', 'spawnWho spawnPlace'],
  ['bind', 'a socket without a name listens, too'],
  ['dup3', 'V8’s workers are made at once, with descriptors of their own', 'fork forkLarge'],
  ['epoll_create1 epoll_ctl eventfd', 'the wait asks now and then', 'wait waitFirst waitSync waitGroup'],
  ['faccessat', 'all processes are looked through', 'reapOrphans'],
  ['faccessat stat EACCES', 'the search in PATH goes on', 'spawnMuch'],
  ['fcntl', 'the number that the loop had is given up', 'fork forkLarge'],
  ['fcntl sigaction', 'is as it should be, or is not open any more', 'execve execElsewhere execvp fexecve'],
  ['getrandom', 'Math.random is reseeded in JavaScript', 'fork forkLarge'],
  ['getrlimit', 'posix_spawn says it, with fewer words'],
  ['getsockopt', 'does not listen', 'fork forkLarge'],
  ['ioctl vfork', 'there is no such thing here', 'support'],
  ['ioctl', 'where the kernel does not say what it is, a second child does no harm', 'spawnJoin'],
  [
    'SYS_execveat SYS_pidfd_open SYS_clone3 SYS_pidfd_send_signal SYS_close_range SYS_waitid memfd_create setns',
    'that one is not asked for',
    'spawnCgroup',
  ],
  ['SYS_sched_setaffinity SYS_sched_setscheduler', 'that one is not asked for', 'spawnCgroup'],
  ['madvise EINVAL', 'a range that cannot be advised is none of V8’s'],
  ['open opendir pread read readdir', 'looked at again until the time is up', 'fork forkLarge forkBare'],
  ['open opendir read readdir', 'reaped the next time', 'reapOrphans'],
  ['poll', 'looks again anyway'],
  ['pread', 'is told of as running', 'threads'],
  ['process_vm_readv', 'memory that is known to be there is read without it', 'fork forkLarge threads'],
  ['pthread_getcpuclockid', 'the thread is told by other marks', 'threads'],
  ['readdir', 'what is not seen is not changed', 'execve execvp'],
  ['setitimer sigaction sigprocmask', 'the repair has no deadline', 'fork forkLarge'],
  ['sigaction', 'SIGCHLD counts as it is by default', 'forkBare spawn spawnMuch spawnChild'],
  ['SYS_openat SYS_read', 'the heap stays inheritable', 'forkLarge'],
  ['SYS_pidfd_open SYS_waitid', 'waits without a pidfd'],
  ['SYS_pidfd_send_signal ENOSYS EPERM', 'kill(2)'],
  ['write', 'the wait asks now and then', 'waitSync'],
  ['read EIO', 'the terminal is kept open, and read, until the program has ended', 'spawnPty'],
  ['write EAGAIN', 'the stream writes when there is room', 'spawnPty'],
];

/** What an operation gives instead of an error, and why. */
export const INSTEAD = {
  'spawnPty read': 'false 7', // EIO is how a terminal’s master ends
  'waitGroup getpgid': 'waitpid ECHILD', // a child without a group is in none that is waited for
  'support SYS_pidfd_open': false, // there is no such thing here
  'missingCalls SYS_clone3': 'clone3(CLONE_INTO_CGROUP)',
  'missingCalls SYS_execveat': 'execveat',
  'missingCalls SYS_pidfd_open': 'pidfd_open',
  'missingCalls SYS_pidfd_send_signal': 'pidfd_send_signal',
  'missingCalls SYS_close_range': 'close_range',
  'missingCalls SYS_sched_setaffinity': 'sched_setaffinity',
  'missingCalls SYS_sched_setscheduler': 'sched_setscheduler',
  'missingCalls memfd_create': 'memfd_create',
  'missingCalls setns': 'setns',
  'missingCalls SYS_waitid': 'waitid(P_PIDFD)',
  'spawnCgroup SYS_clone3': 'ERR_FORK_UNSUPPORTED_RUNTIME',
};

/** Why the operation may go on, or undefined if it must fail. */
export function handledBecause(operation, call, error) {
  return HANDLED.find(([words, , where]) => {
    const named = words.split(' ');
    const calls = named.filter((word) => !/^E[A-Z0-9]+$/.test(word));
    const errors = named.filter((word) => /^E[A-Z0-9]+$/.test(word));
    return (
      (calls.length === 0 || calls.includes(call)) &&
      (errors.length === 0 || errors.includes(error)) &&
      (where === undefined || where.split(' ').includes(operation))
    );
  })?.[1];
}

/** fcntl64 is fcntl where files may be large; so are some others. */
export function plain(call) {
  return call.replace(/^(fcntl|ftruncate|getrlimit|lseek|mmap|open|pread|readdir|stat)64$/, '$1');
}
