// What does a thread wait in? Told by the system call that it is blocked in.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>

#include "sys/proc.h"

namespace posix_fork {

/// An event loop that waits for events.
inline bool WaitsInEpoll(const BlockedIn& blocked) {
#ifdef SYS_epoll_wait
  if (blocked.number == SYS_epoll_wait) return true;
#endif
  return blocked.number == SYS_epoll_pwait;
}

inline int FutexOperation(const BlockedIn& blocked) { return static_cast<int>(blocked.args[1]) & FUTEX_CMD_MASK; }

/// A condition variable, a semaphore or Atomics.wait. In glibc these use FUTEX_WAIT_BITSET, and mutexes FUTEX_WAIT;
/// musl uses FUTEX_WAIT for all.
inline bool WaitsForCondition(const BlockedIn& blocked) {
  if (blocked.number != SYS_futex) return false;
#ifdef __GLIBC__
  return FutexOperation(blocked) == FUTEX_WAIT_BITSET;
#else
  return FutexOperation(blocked) == FUTEX_WAIT_BITSET || FutexOperation(blocked) == FUTEX_WAIT;
#endif
}

/// As before, at one that lies in this memory.
inline bool WaitsForConditionIn(const BlockedIn& blocked, const Range& memory) {
  return !blocked.running && WaitsForCondition(blocked) && blocked.args[0] >= memory.begin &&
         blocked.args[0] < memory.end;
}

/// A mutex. With musl that cannot be seen: false.
inline bool WaitsForMutex(const BlockedIn& blocked) {
#ifdef __GLIBC__
  return blocked.number == SYS_futex && FutexOperation(blocked) != FUTEX_WAIT_BITSET;
#else
  static_cast<void>(blocked);
  return false;
#endif
}

}  // namespace posix_fork
