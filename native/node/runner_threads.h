// Which threads are V8's own: the workers, and the one that keeps its delayed tasks?
//
// Node 20 names none of them, and a busy one shows nowhere that it belongs to the pool. But the pool knows its threads.
#pragma once

#include <sys/types.h>

#include <vector>

#include "node/runtime.h"

namespace posix_fork {

struct RunnerThreads {
  pid_t scheduler = 0;         // of delayed tasks; 0 if it was not found
  std::vector<pid_t> workers;  // V8's workers
};

/// True if the list of its threads lies in the runner.
bool KnowsItsThreads(const Runtime& runtime);

/// The threads of V8's pool, as the runner lists them. Empty if this runtime does not show them.
RunnerThreads FindRunnerThreads(const Runtime& runtime);

}  // namespace posix_fork
