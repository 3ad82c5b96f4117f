#include "fork/thread_limits.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "sys/proc.h"

namespace posix_fork {

namespace {

// The line of /proc/self/cgroup that ends with the group, and where the groups lie: cgroups(7).
struct Hierarchy {
  const char* line;
  const char* root;
};
constexpr Hierarchy kVersion1 = {":pids:", "/sys/fs/cgroup/pids"};
constexpr Hierarchy kVersion2 = {"0::", "/sys/fs/cgroup"};

// As many tasks as the control group, or one that it lies in, may have?
bool IsGroupFull(const Hierarchy& hierarchy) {
  const std::string membership = ReadProc("/proc/self/cgroup");
  size_t begin = membership.find(hierarchy.line);
  if (begin == std::string::npos) return false;
  begin += strlen(hierarchy.line);
  std::string group = membership.substr(begin, membership.find('\n', begin) - begin);
  for (;;) {
    const std::string directory = hierarchy.root + (group == "/" ? "" : group);
    const std::string max = ReadProc((directory + "/pids.max").c_str());  // a number, or "max"
    const std::string current = ReadProc((directory + "/pids.current").c_str());
    const long limit = strtol(max.c_str(), nullptr, 10);
    if (limit > 0 && strtol(current.c_str(), nullptr, 10) >= limit) return true;
    const size_t slash = group.rfind('/');
    if (group.size() <= 1 || slash == std::string::npos) return false;
    group.resize(slash == 0 ? 1 : slash);
  }
}

bool IsAddressSpaceFull() {
  rlimit space;
  rlimit stack;
  if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY) return false;
  constexpr rlim_t kUsualStack = rlim_t{8} << 20;
  const bool unlimited = getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur == RLIM_INFINITY;
  const rlim_t wanted = unlimited ? kUsualStack : stack.rlim_cur;
  const std::string pages = ReadProc("/proc/self/statm");
  const auto used = static_cast<rlim_t>(strtol(pages.c_str(), nullptr, 10) * sysconf(_SC_PAGESIZE));
  return used + wanted > space.rlim_cur;
}

bool AreTasksLimited() {
  rlimit tasks;
  return geteuid() != 0 && getrlimit(RLIMIT_NPROC, &tasks) == 0 && tasks.rlim_cur != RLIM_INFINITY;
}

}  // namespace

std::string WhyNoThread() {
  if (IsGroupFull(kVersion1) || IsGroupFull(kVersion2))
    return "the control group has reached its limit of tasks (pids.max)";
  if (IsAddressSpaceFull()) return "there is no address space left for a stack (RLIMIT_AS)";
  if (AreTasksLimited()) return "the user has reached the limit of tasks (RLIMIT_NPROC)";
  return "a limit of threads or memory was reached (RLIMIT_NPROC, pids.max, RLIMIT_AS)";
}

}  // namespace posix_fork
