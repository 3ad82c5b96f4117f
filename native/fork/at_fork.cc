#include "fork/at_fork.h"

#include <pthread.h>

#include <new>

#include "reap/table.h"

namespace posix_fork {

namespace {

// Storage, not an object with a destructor: other threads may still fork while the process tears its statics down.
alignas(std::mutex) unsigned char g_fork_mutex_storage[sizeof(std::mutex)];
std::mutex& ForkMutex() { return *std::launder(reinterpret_cast<std::mutex*>(g_fork_mutex_storage)); }

// True on the thread that holds the ForkLock, so that the prepare handler of its own fork(2) does not wait for itself.
thread_local bool t_holds_fork_lock = false;

void Prepare() {
  if (!t_holds_fork_lock) ForkMutex().lock();
  ReapTable::Get().LockForFork();
}

void InParent() {
  ReapTable::Get().UnlockInParent();
  if (!t_holds_fork_lock) ForkMutex().unlock();
}

// Only the thread that forked is here, and it held everything. No lock and no malloc: the C library has made its own
// fit by now, but another in its place (AddressSanitizer's, mimalloc) may have been copied locked.
void InChild() {
  new (g_fork_mutex_storage) std::mutex();
  ReapTable::Get().RenewInChild();
  t_holds_fork_lock = false;
}

}  // namespace

int RegisterAtFork() {
  static const int error = [] {
    new (g_fork_mutex_storage) std::mutex();
    return pthread_atfork(Prepare, InParent, InChild);
  }();
  return error;
}

bool IsForkLock(uintptr_t address) {
  const auto begin = reinterpret_cast<uintptr_t>(g_fork_mutex_storage);
  return address >= begin && address < begin + sizeof g_fork_mutex_storage;
}

ForkLock::ForkLock() {
  ForkMutex().lock();
  t_holds_fork_lock = true;
}

ForkLock::~ForkLock() {
  // In the child the handler made the mutex new, and nobody holds it.
  if (!t_holds_fork_lock) return;
  t_holds_fork_lock = false;
  ForkMutex().unlock();
}

}  // namespace posix_fork
