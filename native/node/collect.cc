#include "node/collect.h"

#include "node/lookup.h"

namespace posix_fork {

namespace {

constexpr char kLowMemoryNotification[] = "_ZN2v87Isolate21LowMemoryNotificationEv";

}  // namespace

bool CollectAllGarbage() {
  static const auto current = Lookup<void* (*)()>(kIsolateGetCurrent);
  static const auto collect = Lookup<void (*)(void* isolate)>(kLowMemoryNotification);
  if (current == nullptr || collect == nullptr) return false;
  collect(current());
  return true;
}

Fact CollectFact() {
  return {"v8::Isolate::LowMemoryNotification", "the node binary exports it", "warmup() throws",
          HoldsIf(Lookup<void*>(kLowMemoryNotification) != nullptr)};
}

}  // namespace posix_fork
