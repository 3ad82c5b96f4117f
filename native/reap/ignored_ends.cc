#include "reap/ignored_ends.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>
#include <new>

namespace posix_fork {

namespace {

using Word = std::atomic<uint32_t>;
static_assert(sizeof(Word) == sizeof(uint32_t) && Word::is_always_lock_free);

}  // namespace

bool EndsAreIgnored() {
  struct sigaction action;
  if (sigaction(SIGCHLD, nullptr, &action) != 0) return false;
  return (action.sa_flags & SA_NOCLDWAIT) != 0 || ((action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN);
}

HeldUntilKnown::HeldUntilKnown() : parent_(getpid()) {
  if (!EndsAreIgnored()) return;
  void* const memory = mmap(nullptr, sizeof(Word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) known_ = new (memory) Word(0);
}

HeldUntilKnown::~HeldUntilKnown() {
  if (known_ != nullptr) munmap(known_, sizeof(Word));
}

void HeldUntilKnown::LetGo() {
  if (known_ == nullptr) return;
  known_->store(1);
  syscall(SYS_futex, known_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void HeldUntilKnown::WaitInChild() const {
  if (known_ == nullptr) return;
  constexpr timespec kSlice = {0, 20'000'000};
  while (known_->load() == 0 && getppid() == parent_) syscall(SYS_futex, known_, FUTEX_WAIT, 0, &kSlice, nullptr, 0);
}

}  // namespace posix_fork
