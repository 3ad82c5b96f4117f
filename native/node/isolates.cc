#include "node/isolates.h"

#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace posix_fork {

namespace {

// The first members of node::NodePlatform in Node 18 to 26 (src/node_platform.h): after the vptr
//   Mutex per_isolate_mutex_; std::unordered_map<v8::Isolate*, …> per_isolate_;
// and of libstdc++'s unordered_map. To look again: disassemble node::NodePlatform::UnregisterIsolate.
struct Node {
  Node* next;
  void* isolate;
};
struct PlatformHead {
  const void* vptr;
  uv_mutex_t mutex;
  void** buckets;
  size_t bucket_count;
  Node* first;
  size_t count;
  float max_load_factor;
};

// v8::internal::StackGuard::ThreadLocal: the limits of the stack (real_jslimit_ and so on) are words 2 to 5 of the
// isolate in Node 20 to 26. To look again: compare the first words of a Worker's isolate with its stack in
// /proc/self/maps.
constexpr size_t kFirstLimit = 2;
constexpr size_t kEndOfLimits = 6;

// More Workers than anybody has; a wrong place would show absurd numbers.
constexpr size_t kAbsurd = 1 << 16;

// How far the nearest of them is below here; 0 if none is. (One says instead, at times, that V8 has to be interrupted.)
uintptr_t BytesAboveLimit(const void* isolate) {
  // As far below as `node --stack-size` may have put it.
  constexpr uintptr_t kLargestStack = 1 << 30;
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  const auto* words = static_cast<const uintptr_t*>(isolate);
  uintptr_t nearest = 0;
  for (const uintptr_t* word = words + kFirstLimit; word < words + kEndOfLimits; word++) {
    if (*word < here && here - *word < kLargestStack) nearest = std::max(nearest, *word);
  }
  return nearest == 0 ? 0 : here - nearest;
}

PlatformHead* Head(const Runtime& runtime) { return static_cast<PlatformHead*>(runtime.platform); }

// Only the main thread forks in full, so nothing guards it.
std::vector<void*>& DeadIsolates() {
  static auto* dead = new std::vector<void*>;
  return *dead;
}

}  // namespace

bool KnowsItsStack(const void* current_isolate) { return BytesAboveLimit(current_isolate) > 0; }

Napi::Value V8StackLeft(const Napi::CallbackInfo& info) {
  const uintptr_t left = LocateRuntime().full() ? BytesAboveLimit(LocateMainThread().isolate) : 0;
  return Napi::Number::New(info.Env(), static_cast<double>(left));
}

bool LocateIsolates(const void* platform, const void* current_isolate) {
  const auto* head = static_cast<const PlatformHead*>(platform);
  // Before anything of it is trusted: what does not change while Workers come and go.
  if (head->max_load_factor != 1.0F || head->bucket_count == 0 || head->bucket_count > kAbsurd) return false;
  if (head->count == 0 || head->count > kAbsurd) return false;
  auto* mutex = const_cast<uv_mutex_t*>(&head->mutex);
  uv_mutex_lock(mutex);
  bool found = false;
  for (const Node* node = head->first; node != nullptr && !found; node = node->next) {
    found = node->isolate == current_isolate;
  }
  uv_mutex_unlock(mutex);
  return found;
}

IsolatesLocked::IsolatesLocked(const Runtime& runtime) : runtime_(runtime) { uv_mutex_lock(&Head(runtime_)->mutex); }

IsolatesLocked::~IsolatesLocked() { uv_mutex_unlock(&Head(runtime_)->mutex); }

std::vector<void*> IsolatesLocked::All() const {
  std::vector<void*> isolates;
  const std::vector<void*>& dead = DeadIsolates();
  for (const Node* node = Head(runtime_)->first; node != nullptr; node = node->next) {
    if (std::find(dead.begin(), dead.end(), node->isolate) == dead.end()) isolates.push_back(node->isolate);
  }
  return isolates;
}

std::vector<void*> IsolatesLocked::OfWorkers() const {
  std::vector<void*> isolates = All();
  isolates.erase(std::remove(isolates.begin(), isolates.end(), LocateMainThread().isolate), isolates.end());
  return isolates;
}

IsolateStacks::IsolateStacks(const Runtime& runtime) {
  if (runtime.full()) *this = IsolateStacks(IsolatesLocked(runtime));
}

IsolateStacks::IsolateStacks(const IsolatesLocked& locked) {
  for (void* isolate : locked.All()) {
    const auto* head = static_cast<const uintptr_t*>(isolate);
    limits_.push_back({isolate, {head + kFirstLimit, head + kEndOfLimits}});
  }
}

void* IsolateStacks::Find(const Range& unused) const {
  for (const Limits& limits : limits_) {
    for (const uintptr_t word : limits.words) {
      if (word >= unused.begin && word < unused.end) return limits.isolate;
    }
  }
  return nullptr;
}

void ForgetIsolatesInChild(const std::vector<void*>& dead) {
  DeadIsolates().insert(DeadIsolates().end(), dead.begin(), dead.end());
}

}  // namespace posix_fork
