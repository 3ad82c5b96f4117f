#include "reap/at_fork.h"

#include <pthread.h>

#include "reap/table.h"
#include "sys/renewable_mutex.h"

namespace posix_fork {

namespace {

RenewableMutex g_fork_lock;      // of the calls of this package
RenewableMutex g_any_fork_lock;  // of every fork(2) in the process, while it happens

// Not the ForkLock. A thread that has that one goes on to fork, and would come to the prepare handlers of other
// libraries, and of other copies of this package, with a lock held that a thread which is past those handlers wants.
void Prepare() {
  g_any_fork_lock.get().lock();
  ReapTable::Get().LockForFork();
}

void InParent() {
  ReapTable::Get().UnlockInParent();
  g_any_fork_lock.get().unlock();
}

// Only the thread that forked is here, and it held everything. No lock and no malloc: the C library has made its own
// fit by now, but another in its place (AddressSanitizer's, mimalloc) may have been copied locked.
void InChild() {
  g_fork_lock.Renew();
  g_any_fork_lock.Renew();
  ReapTable::Get().RenewInChild();
}

}  // namespace

int RegisterAtFork() {
  static const int error = pthread_atfork(Prepare, InParent, InChild);
  return error;
}

bool IsForkLock(uintptr_t address) { return g_fork_lock.Contains(address); }

ForkLock::ForkLock() : generation_(ReapTable::Get().generation()) { g_fork_lock.get().lock(); }

ForkLock::~ForkLock() {
  // In the child the handler made the mutex new, and nobody holds it.
  if (generation_ == ReapTable::Get().generation()) g_fork_lock.get().unlock();
}

NoForks::NoForks() { g_any_fork_lock.get().lock(); }

NoForks::~NoForks() { g_any_fork_lock.get().unlock(); }

}  // namespace posix_fork
