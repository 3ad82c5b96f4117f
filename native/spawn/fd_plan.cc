#include "spawn/fd_plan.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdlib>

#include "spawn/extensions.h"

namespace posix_fork {

int FdPlan::Prepare(const std::vector<FdMapping>& mappings) {
  mappings_ = mappings;
  for (size_t place = 0; place < mappings_.size(); place++) {
    if (const int error = TakeSource(&mappings_[place], static_cast<int>(place))) return error;
  }
  return 0;
}

int FdPlan::TakeSource(FdMapping* mapping, int place) {
  const int count = static_cast<int>(mappings_.size());
  if (mapping->source == FdMapping::kNull) {
    own_.emplace_back(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!own_.back()) return errno;
    mapping->source = own_.back().get();
    if (mapping->source >= count) return 0;
  }
  const int flags = fcntl(mapping->source, F_GETFD);
  if (flags < 0) return errno;
  // dup2(n, n) leaves close-on-exec as it is (POSIX; inside posix_spawn, C libraries differ): it takes a duplicate,
  // too.
  const bool at_home = mapping->source == place && !(flags & FD_CLOEXEC);
  if (at_home || mapping->source >= count) return 0;
  own_.emplace_back(fcntl(mapping->source, F_DUPFD_CLOEXEC, count));
  if (!own_.back()) return errno;
  mapping->source = own_.back().get();
  return 0;
}

std::vector<FdStep> FdPlan::Steps() const {
  std::vector<FdStep> steps;
  const int count = static_cast<int>(mappings_.size());
  for (int place = 0; place < count; place++) {
    const int source = mappings_[static_cast<size_t>(place)].source;
    if (source != place) steps.push_back({FdStep::kMove, source, place});
  }
  steps.push_back({FdStep::kCloseFrom, count, 0});
  std::vector<bool> is_target(mappings_.size());
  for (int place = count - 1; place >= 0; place--) {
    const int target = mappings_[static_cast<size_t>(place)].target;
    if (target < count) is_target[static_cast<size_t>(target)] = true;
    if (target != place) steps.push_back({FdStep::kMove, place, target});
  }
  for (int place = 0; place < count; place++) {
    if (!is_target[static_cast<size_t>(place)]) steps.push_back({FdStep::kClose, place, 0});
  }
  return steps;
}

int FdPlan::AddTo(posix_spawn_file_actions_t* actions) const {
  for (const FdStep& step : Steps()) {
    int error = 0;
    switch (step.kind) {
      case FdStep::kMove: error = posix_spawn_file_actions_adddup2(actions, step.from, step.to); break;
      case FdStep::kCloseFrom: error = AddCloseRest(actions); break;
      case FdStep::kClose: error = posix_spawn_file_actions_addclose(actions, step.from); break;
    }
    if (error != 0) return error;
  }
  return 0;
}

int FdPlan::AddCloseRest(posix_spawn_file_actions_t* actions) const {
  const int count = static_cast<int>(mappings_.size());
  if (Extensions().add_closefrom != nullptr) return Extensions().add_closefrom(actions, count);
  // The next best: what is open now. What another thread opens between here and the exec is closed by the exec, if it
  // is close-on-exec, as everything of Node's is.
  DIR* dir = opendir("/proc/self/fd");
  if (dir == nullptr) return errno;
  int error = 0;
  while (const dirent* entry = readdir(dir)) {
    const int fd = atoi(entry->d_name);
    if (entry->d_name[0] == '.' || fd < count) continue;
    error = posix_spawn_file_actions_addclose(actions, fd);
    if (error != 0) break;
  }
  closedir(dir);
  return error;
}

}  // namespace posix_fork
