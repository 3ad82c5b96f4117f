// Where SIGCHLD is ignored, how is the status of a child kept that ends at once?
//
// The kernel reaps such a child as it ends, and only a pidfd that is open by then still knows how (since Linux 6.15).
// So a forked child waits, before it does anything, until its parent has the pidfd; a spawned one is started by a call
// that gives it (CLONE_PIDFD).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace posix_fork {

/// True if the kernel reaps the children of this process by itself (sigaction(2), SA_NOCLDWAIT).
bool EndsAreIgnored();

/// Around one fork(2). Does nothing where ends are not ignored.
class HeldUntilKnown {
 public:
  /// Parent, before. Without memory to share (ENOMEM) the child does not wait.
  HeldUntilKnown();
  /// In both.
  ~HeldUntilKnown();
  HeldUntilKnown(const HeldUntilKnown&) = delete;
  HeldUntilKnown& operator=(const HeldUntilKnown&) = delete;

  /// Parent, once it has the pidfd.
  void LetGo();

  /// Child, first of all: until then, or until the parent is gone. System calls alone.
  void WaitInChild() const;

 private:
  std::atomic<uint32_t>* known_ = nullptr;
  pid_t parent_;
};

}  // namespace posix_fork
