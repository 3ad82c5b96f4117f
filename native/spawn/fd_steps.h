// How does a child, or a thread with descriptors of its own, go through the steps of an FdPlan?
#pragma once

#include <vector>

#include "spawn/fd_plan.h"

namespace posix_fork {

/// What becomes of those that are not named: closed at once, or by the exec.
enum class Rest { kClose, kMark };

/// Child. Returns true, or false and errno. `by_number`: whether close_range(2) may be used. System calls, and nothing
/// else.
bool RunFdSteps(const std::vector<FdStep>& steps, bool by_number, Rest rest);

}  // namespace posix_fork
