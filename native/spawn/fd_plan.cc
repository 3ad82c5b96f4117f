#include "spawn/fd_plan.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdlib>

#include "spawn/extensions.h"

namespace posix_fork {

int FdPlan::Prepare(const std::vector<FdMapping>& mappings) {
  mappings_ = mappings;
  moves_.clear();
  if (const int error = OpenNull()) return error;
  return PlanMoves();
}

int FdPlan::OpenNull() {
  for (FdMapping& mapping : mappings_) {
    if (mapping.source != FdMapping::kNull) continue;
    if (!null_) null_ = Fd(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!null_) return errno;
    mapping.source = null_.get();
  }
  return 0;
}

int FdPlan::PlanMoves() {
  const int count = static_cast<int>(mappings_.size());
  const auto source = [&](int place) { return mappings_[static_cast<size_t>(place)].source; };
  std::vector<bool> done(mappings_.size());
  std::vector<int> readers(mappings_.size());  // how many are still to be moved from a place
  for (int place = 0; place < count; place++) {
    const int flags = fcntl(source(place), F_GETFD);
    if (flags < 0) return errno;
    // dup2(n, n) leaves close-on-exec as it is (POSIX; inside posix_spawn, C libraries differ): a circle of one.
    if (source(place) == place && !(flags & FD_CLOEXEC)) {
      done[static_cast<size_t>(place)] = true;
    } else if (source(place) < count) {
      readers[static_cast<size_t>(source(place))]++;
    }
  }
  const auto move = [&](int from, int to, int place) {
    moves_.push_back({FdStep::kMove, from, to});
    done[static_cast<size_t>(place)] = true;
  };
  for (int start = 0; start < count; start++) {
    // Each move may free the place that it has read.
    for (int place = start;
         place < count && !done[static_cast<size_t>(place)] && readers[static_cast<size_t>(place)] == 0;
         place = source(place)) {
      move(source(place), place, place);
      if (source(place) < count) readers[static_cast<size_t>(source(place))]--;
    }
  }
  for (int start = 0; start < count; start++) {
    if (done[static_cast<size_t>(start)]) continue;
    if (!spare_) spare_ = Fd(fcntl(source(start), F_DUPFD_CLOEXEC, count));
    if (!spare_) return errno;
    moves_.push_back({FdStep::kMove, start, spare_.get()});
    int place = start;
    for (; source(place) != start; place = source(place)) move(source(place), place, place);
    move(spare_.get(), place, place);
  }
  return 0;
}

std::vector<FdStep> FdPlan::Steps() const {
  std::vector<FdStep> steps = moves_;
  const int count = static_cast<int>(mappings_.size());
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
