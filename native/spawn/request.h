// What is asked of spawn()?
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spawn/fd_plan.h"

namespace posix_fork {

/// One resource limit; what is not given stays as it is.
struct Limit {
  int resource;
  std::optional<uint64_t> soft;
  std::optional<uint64_t> hard;
};

/// What posix_spawn(3) cannot set.
struct Who {
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::optional<std::vector<gid_t>> groups;
  std::optional<mode_t> umask;
  std::optional<int> nice;
  std::optional<int> policy;
  int priority = 0;                     // of the policy
  std::vector<unsigned char> affinity;  // a bit for each processor; empty: the parent's
  std::vector<Limit> limits;
  uint64_t blocked = 0;  // bit n - 1: signal n
  uint64_t ignored = 0;
  bool no_new_privs = false;
  int namespaces = 0;     // new ones: CLONE_NEWUSER, … of clone(2)
  std::vector<int> join;  // existing ones, by their descriptors, in this order
  int cgroup = -1;        // the descriptor of its directory, or -1
};

struct Request {
  static constexpr int kNone = -1;

  std::string file;
  std::string cwd;  // empty: the parent's
  bool search;
  bool new_session;
  int pgid;        // kNone: the parent's group
  int foreground;  // the terminal's descriptor, or kNone
  std::vector<FdMapping> fds;
  std::optional<Who> who;  // none: posix_spawn(3) can do all
};

}  // namespace posix_fork
