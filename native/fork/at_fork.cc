#include "fork/at_fork.h"

#include <pthread.h>

#include <new>

#include "reap/table.h"

namespace posix_fork {

namespace {

// Storage, not an object with a destructor: other threads may still fork while the process tears its statics down.
struct Storage {
  std::mutex& mutex() { return *std::launder(reinterpret_cast<std::mutex*>(bytes)); }
  void Renew() { new (bytes) std::mutex(); }
  alignas(std::mutex) unsigned char bytes[sizeof(std::mutex)];
};
Storage g_fork_lock;   // of the calls of this package
Storage g_birth_lock;  // of every fork(2) in the process, while it happens

// How many forks lie between this process and the one that loaded the addon.
unsigned g_generation = 0;

// Not the ForkLock: whoever has that forks, and would come to the prepare handlers of other libraries, and of other
// copies of this package, with a lock that a thread wants that has passed them.
void Prepare() {
  g_birth_lock.mutex().lock();
  ReapTable::Get().LockForFork();
}

void InParent() {
  ReapTable::Get().UnlockInParent();
  g_birth_lock.mutex().unlock();
}

// Only the thread that forked is here, and it held everything. No lock and no malloc: the C library has made its own
// fit by now, but another in its place (AddressSanitizer's, mimalloc) may have been copied locked.
void InChild() {
  g_fork_lock.Renew();
  g_birth_lock.Renew();
  g_generation++;
  ReapTable::Get().RenewInChild();
}

}  // namespace

int RegisterAtFork() {
  static const int error = [] {
    g_fork_lock.Renew();
    g_birth_lock.Renew();
    return pthread_atfork(Prepare, InParent, InChild);
  }();
  return error;
}

bool IsForkLock(uintptr_t address) {
  const auto begin = reinterpret_cast<uintptr_t>(g_fork_lock.bytes);
  return address >= begin && address < begin + sizeof g_fork_lock.bytes;
}

ForkLock::ForkLock() : generation_(g_generation) { g_fork_lock.mutex().lock(); }

ForkLock::~ForkLock() {
  // In the child the handler made the mutex new, and nobody holds it.
  if (generation_ == g_generation) g_fork_lock.mutex().unlock();
}

NoBirths::NoBirths() { g_birth_lock.mutex().lock(); }

NoBirths::~NoBirths() { g_birth_lock.mutex().unlock(); }

}  // namespace posix_fork
