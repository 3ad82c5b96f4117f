// Do the standard streams of a program block?
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <vector>

#include "spawn/fd_plan.h"

namespace posix_fork {

// The standard streams of a program that knows nothing of Node must block; Node makes its pipes and terminals
// non-blocking, and a descriptor shares that with its copies. libuv does the same for child_process (uv__process_child_
// init), in the child. Undone if nothing was started.
class BlockingStreams {
 public:
  explicit BlockingStreams(const std::vector<FdMapping>& mappings) {
    for (const FdMapping& mapping : mappings) {
      if (mapping.target > STDERR_FILENO || mapping.source == FdMapping::kNull) continue;
      const int flags = fcntl(mapping.source, F_GETFL);
      if (flags < 0 || !(flags & O_NONBLOCK)) continue;
      fcntl(mapping.source, F_SETFL, flags & ~O_NONBLOCK);
      changed_.push_back(mapping.source);
    }
  }
  ~BlockingStreams() {
    for (const int fd : changed_) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  BlockingStreams(const BlockingStreams&) = delete;
  BlockingStreams& operator=(const BlockingStreams&) = delete;
  void Keep() { changed_.clear(); }

 private:
  std::vector<int> changed_;
};

}  // namespace posix_fork
