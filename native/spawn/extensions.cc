#include "spawn/extensions.h"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

namespace posix_fork {

const SpawnExtensions& Extensions() {
  static const SpawnExtensions extensions = [] {
    SpawnExtensions found;
    const char* without = getenv("POSIX_FORK_SPAWN");
    const auto find = [&](auto* function, const char* name, const char* word) {
      if (without == nullptr || strstr(without, word) == nullptr) {
        *function = reinterpret_cast<std::remove_reference_t<decltype(*function)>>(dlsym(RTLD_DEFAULT, name));
      }
      if (*function == nullptr) found.missing.push_back(name);
    };
    find(&found.add_chdir, kAddChdir, "no-chdir");
    find(&found.add_closefrom, kAddClosefrom, "no-closefrom");
    find(&found.add_tcsetpgrp, kAddTcsetpgrp, "no-tcsetpgrp");
    return found;
  }();
  return extensions;
}

}  // namespace posix_fork
