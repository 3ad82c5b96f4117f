// Which of the extensions to posix_spawn(3) does this C library have?
//
// They are looked up, not linked: the same binary must load on an older glibc and on musl, which lack some of them.
#pragma once

#include <spawn.h>

#include <string>
#include <vector>

namespace posix_fork {

struct SpawnExtensions {
  using AddChdir = int (*)(posix_spawn_file_actions_t*, const char*);
  using AddFd = int (*)(posix_spawn_file_actions_t*, int);

  AddChdir add_chdir = nullptr;      // glibc 2.29, musl 1.1.24
  AddFd add_closefrom = nullptr;     // glibc 2.34
  AddFd add_tcsetpgrp = nullptr;     // glibc 2.35
  std::vector<std::string> missing;  // the names of those that are null
};

constexpr char kAddChdir[] = "posix_spawn_file_actions_addchdir_np";
constexpr char kAddClosefrom[] = "posix_spawn_file_actions_addclosefrom_np";
constexpr char kAddTcsetpgrp[] = "posix_spawn_file_actions_addtcsetpgrp_np";

/// What there is. But for what POSIX_FORK_SPAWN in the environment takes away, a list with commas of no-chdir,
/// no-closefrom, no-tcsetpgrp (docs/platforms.md).
const SpawnExtensions& Extensions();

}  // namespace posix_fork
