// Step 1 (parent, before): is V8 at rest?
//
// A V8 worker that is in the middle of a GC or JIT task does not exist in the child, but what it had half done does: a
// quarter to a half of the children of a busy parent froze or crashed. So the fork waits until every worker is parked.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "node/runtime.h"

namespace posix_fork {

struct BusyThread {
  pid_t tid;
  std::string where;  // "running", or the system call that it is in
};

/// Why the workers cannot be watched in this process, or an empty string.
std::string WhyV8WorkersCannotBeWatched(const Runtime& runtime);

/// Waits until all of V8's workers are parked, for at most `timeout`. Returns those that were not: none when quiet.
/// Finds the workers as they come to rest, and keeps a descriptor for each: called once at load, it lets a process be
/// watched even after it has changed its user. They stay parked until this thread, the only one that may post tasks for
/// them, runs V8 again. (Worker threads have isolates of their own and may post, too.)
std::vector<BusyThread> Quiesce(const Runtime& runtime, std::chrono::milliseconds timeout);

/// The word that a parked worker waits on (a futex), 0 if none is parked.
uintptr_t WhereV8WorkersPark();

/// Child: the workers of the parent are not this process's. Forgets their ids; must run before the child's first
/// Quiesce. May call close(2) and free(3).
void ForgetV8WorkersInChild();

}  // namespace posix_fork
