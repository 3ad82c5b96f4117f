#include "node/platform_calls.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <new>

#include "node/lookup.h"

namespace posix_fork {

namespace {

// Since Node 22, and in Node 20. A std::unique_ptr is passed by its address (Itanium ABI), so all arguments but the
// delay travel in the same registers.
constexpr const char* kPost[] = {
    "_ZN4node12NodePlatform26PostTaskOnWorkerThreadImplEN2v812TaskPriorityESt10unique_ptrINS1_4TaskESt14default_"
    "deleteIS4_EERKNS1_14SourceLocationE",
    "_ZN4node12NodePlatform18CallOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EE"};
constexpr const char* kPostDelayed[] = {
    "_ZN4node12NodePlatform33PostDelayedTaskOnWorkerThreadImplEN2v812TaskPriorityESt10unique_ptrINS1_4TaskESt14default_"
    "deleteIS4_EEdRKNS1_14SourceLocationE",
    "_ZN4node12NodePlatform25CallDelayedOnWorkerThreadESt10unique_ptrIN2v84TaskESt14default_deleteIS3_EEd"};

using Call = void (*)(void* platform, uintptr_t a, uintptr_t b, uintptr_t c);
using DelayedCall = void (*)(void* platform, uintptr_t a, uintptr_t b, double delay, uintptr_t c);

// More than the vtable has (32 in Node 26): what follows it is other constant data, which is copied in vain.
constexpr size_t kWords = 48;
constexpr size_t kHeader = 2;  // offset to top, typeinfo: Itanium ABI

Call g_post = nullptr;
DelayedCall g_post_delayed = nullptr;
uintptr_t g_original = 0;  // the platform's first word
uintptr_t g_vtable[kWords];

std::atomic<void (*)()> g_first{nullptr};
alignas(std::mutex) unsigned char g_mutex_storage[sizeof(std::mutex)];
std::mutex& Mutex() { return *std::launder(reinterpret_cast<std::mutex*>(g_mutex_storage)); }

uintptr_t* FirstWordOf(const Runtime& runtime) { return static_cast<uintptr_t*>(runtime.platform); }

// Both: V8 calls them, on any thread of the child.
void Post(void* platform, uintptr_t a, uintptr_t b, uintptr_t c) {
  RunFirstWork();
  g_post(platform, a, b, c);
}

void PostDelayed(void* platform, uintptr_t a, uintptr_t b, double delay, uintptr_t c) {
  RunFirstWork();
  g_post_delayed(platform, a, b, delay, c);
}

// Puts `target` where the vtable has the function of one of the names; there is exactly one such place.
template <typename Function, size_t n>
Function Replace(const char* const (&names)[n], Function target) {
  for (const char* name : names) {
    const auto function = Lookup<uintptr_t>(name);
    if (function == 0) continue;
    uintptr_t* place = nullptr;
    for (size_t i = kHeader; i < kWords; i++) {
      if (g_vtable[i] != function) continue;
      if (place != nullptr) return nullptr;
      place = &g_vtable[i];
    }
    if (place == nullptr) return nullptr;
    *place = reinterpret_cast<uintptr_t>(target);
    return reinterpret_cast<Function>(function);
  }
  return nullptr;
}

bool Locate(const Runtime& runtime) {
  if (!runtime.full()) return false;
  g_original = *FirstWordOf(runtime);  // that of node::NodePlatform: LocateRuntime() has looked
  memcpy(g_vtable, reinterpret_cast<const uintptr_t*>(g_original) - kHeader, sizeof g_vtable);
  g_post = Replace(kPost, Post);
  g_post_delayed = Replace(kPostDelayed, PostDelayed);
  return g_post != nullptr && g_post_delayed != nullptr;
}

// The parent looks first: no child does, whose platform may be changed.
bool AreLocated(const Runtime& runtime) {
  static const bool located = Locate(runtime);
  return located;
}

}  // namespace

bool ToldOfFirstWorkInChild(const Runtime& runtime, void (*first)()) {
  if (!AreLocated(runtime)) return false;
  new (g_mutex_storage) std::mutex();
  g_first = first;
  *FirstWordOf(runtime) = reinterpret_cast<uintptr_t>(g_vtable + kHeader);
  return true;
}

void RunFirstWork() {
  const std::lock_guard<std::mutex> lock(Mutex());
  void (*const first)() = g_first.load();
  if (first == nullptr) return;
  first();
  __atomic_store_n(FirstWordOf(LocateRuntime()), g_original, __ATOMIC_RELEASE);
  g_first = nullptr;
}

bool IsFirstWorkAwaited() { return g_first.load() != nullptr; }

Fact PlatformCallsFact(const Runtime& runtime) {
  return {"node::NodePlatform::PostTaskOnWorkerThreadImpl",
          "what V8 hands to its platform's threads goes through two virtual functions, which the node binary exports",
          "a child starts V8's worker threads at once, whether it needs them or not",
          runtime.full() ? HoldsIf(AreLocated(runtime)) : Holds::kUnknown};
}

}  // namespace posix_fork
