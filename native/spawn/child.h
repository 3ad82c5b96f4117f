// How does a program start as somebody else: another user, other limits, another place in the scheduler's queue?
//
// posix_spawn(3) has no words for that. This does what it does in glibc and musl: a child that borrows the parent's
// memory (CLONE_VM) while the parent's thread waits (CLONE_VFORK), on a stack of its own, with all signals blocked. So
// no page table is copied, the size of the parent does not matter, and the child tells the parent which step failed by
// writing it down.
#pragma once

#include <sys/types.h>

#include <vector>

#include "spawn/fd_plan.h"
#include "spawn/request.h"
#include "sys/fd.h"

namespace posix_fork {

/// In the order in which the child goes through them.
enum class Step {
  kClone,
  kJoin,
  kIds,
  kMounts,
  kSession,
  kGroup,
  kDirectory,
  kForeground,
  kDescriptors,
  kUmask,
  kAffinity,
  kScheduler,
  kNice,
  kLimit,
  kNoNewPrivs,
  kGroups,
  kGid,
  kUid,
  kExec,
};

struct StepFailure {
  int error = 0;
  Step step = Step::kClone;
  int which = 0;  // of kLimit the resource, of kJoin the index
};

/// Parent. Returns the pid and, where the kernel gives one, the child's pidfd; or 0 and the failure, and no child is
/// left. `request` has a `who`; `steps` are those of its descriptors.
pid_t StartChild(const Request& request, const std::vector<FdStep>& steps, const char* path, char* const* argv,
                 char* const* envp, Fd* pidfd, StepFailure* failure);

}  // namespace posix_fork
