#include "node/heap_pages.h"

#include <cstdint>

#include "node/lookup.h"
#include "sys/maps_parser.h"

namespace posix_fork {

bool HeapHasKnownPages() {
  const auto get_isolate = Lookup<void* (*)()>(kIsolateGetCurrent);
  const auto get_context = Lookup<const uintptr_t* (*)(void*)>(kIsolateGetCurrentContext);
  if (get_isolate == nullptr || get_context == nullptr) return false;
  // A v8::Local is the address of a slot that holds the object: here one that lies in an ordinary page.
  const uintptr_t object = *get_context(get_isolate());
  MapsParser parser;
  Range mapping = {0, 0};
  bool in_pages = false;
  bool one_page = false;
  for (const char c : ReadProc("/proc/self/maps")) {
    if (!parser.Feed(c, &mapping) || mapping.begin % kHeapPage != 0 || mapping.end % kHeapPage != 0) continue;
    if (object >= mapping.begin && object < mapping.end) in_pages = true;
    if (mapping.end - mapping.begin == kHeapPage) one_page = true;
  }
  return in_pages && one_page;
}

Fact HeapPagesFact() {
  return {"v8::internal::kRegularPageSize", "the heap of V8 is made of pages of 256 KiB", "useLargePages() throws",
          HoldsIf(HeapHasKnownPages())};
}

}  // namespace posix_fork
