#include "node/collect.h"

#include <dlfcn.h>

namespace posix_fork {

bool CollectAllGarbage() {
  static const auto current = reinterpret_cast<void* (*)()>(dlsym(RTLD_DEFAULT, "_ZN2v87Isolate10GetCurrentEv"));
  static const auto collect =
      reinterpret_cast<void (*)(void* isolate)>(dlsym(RTLD_DEFAULT, "_ZN2v87Isolate21LowMemoryNotificationEv"));
  if (current == nullptr || collect == nullptr) return false;
  collect(current());
  return true;
}

}  // namespace posix_fork
