// What happens around every fork(2) in this process, whoever calls it: this package, libuv, another addon?
//
// The three phases of pthread_atfork(3): prepare takes the package's locks, so that no other thread is in the middle of
// what they guard; parent releases them; child makes them new. (Unlocking in the child is not enough: a mutex may know
// its owner or its waiters, which do not exist there.)
#pragma once

#include <cstdint>

namespace posix_fork {

/// Registers the handlers, once per process. Returns 0 or an errno. What runs in the child must not touch a
/// thread_local: of a library that was loaded at run time the first use allocates it. The addon is linked -z nodelete,
/// so they never dangle.
int RegisterAtFork();

/// Held by whoever forks or spawns through this package, from the first step to the last: concurrent ones wait for one
/// another. Before NoForks, if both.
class ForkLock {
 public:
  ForkLock();
  ~ForkLock();
  ForkLock(const ForkLock&) = delete;
  ForkLock& operator=(const ForkLock&) = delete;

 private:
  const uint64_t generation_;  // of the process that took it
};

/// While one lives nobody else in the process forks, whatever calls fork(2). Not for who does so itself.
class NoForks {
 public:
  NoForks();
  ~NoForks();
  NoForks(const NoForks&) = delete;
  NoForks& operator=(const NoForks&) = delete;
};

/// True if this is the address of the ForkLock: a thread that waits at it wants to fork.
bool IsForkLock(uintptr_t address);

}  // namespace posix_fork
