#include "fork/isolates.h"

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

// More Workers than anybody has; a wrong place would show absurd numbers.
constexpr size_t kAbsurd = 1 << 16;

PlatformHead* Head(const Runtime& runtime) { return static_cast<PlatformHead*>(runtime.platform); }

// Only the main thread forks in full, so nothing guards it.
std::vector<void*>& DeadIsolates() {
  static auto* dead = new std::vector<void*>;
  return *dead;
}

}  // namespace

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

std::vector<void*> IsolatesLocked::OfWorkers() const {
  std::vector<void*> isolates;
  const std::vector<void*>& dead = DeadIsolates();
  for (const Node* node = Head(runtime_)->first; node != nullptr; node = node->next) {
    if (node->isolate == runtime_.isolate) continue;
    if (std::find(dead.begin(), dead.end(), node->isolate) == dead.end()) isolates.push_back(node->isolate);
  }
  return isolates;
}

void ForgetIsolatesInChild(const std::vector<void*>& dead) {
  DeadIsolates().insert(DeadIsolates().end(), dead.begin(), dead.end());
}

}  // namespace posix_fork
