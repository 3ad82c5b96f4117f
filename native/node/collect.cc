#include "node/collect.h"

#include "node/lookup.h"

namespace posix_fork {

bool CollectAllGarbage() {
  static const auto current = Lookup<void* (*)()>(kIsolateGetCurrent);
  static const auto collect = Lookup<void (*)(void* isolate)>("_ZN2v87Isolate21LowMemoryNotificationEv");
  if (current == nullptr || collect == nullptr) return false;
  collect(current());
  return true;
}

}  // namespace posix_fork
