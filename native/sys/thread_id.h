// Which thread is this? gettid(2), which glibc has a function for from 2.30 on, and musl from 1.2.2: Node.js runs on
// older ones.
#pragma once

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

namespace posix_fork {

inline pid_t ThreadId() { return static_cast<pid_t>(syscall(SYS_gettid)); }

/// The id of a thread of this process that has not been joined; 0 if it has ended. A thread's id is part of the name of
/// its clock: ~tid << 3 | kind (Linux, include/linux/posix-timers_types.h).
inline pid_t TidOf(pthread_t thread) {
  clockid_t clock;
  if (pthread_getcpuclockid(thread, &clock) != 0) return 0;
  return ~static_cast<pid_t>(clock >> 3);
}

}  // namespace posix_fork
