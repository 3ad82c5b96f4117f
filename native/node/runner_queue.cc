#include "node/runner_queue.h"

#include <climits>  // __GLIBC__
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include <cstdlib>
#include <cstring>

namespace posix_fork {

#ifdef __GLIBC__

namespace {

// struct __pthread_cond_s (sysdeps/nptl/bits/thread-shared-types.h), the parts that are looked at. glibc 2.41 took
// g_refs out, and so the words that waiters sleep on moved.
constexpr size_t kSignals = 40;
constexpr size_t kSignalsSince241 = 32;
constexpr size_t kWaiters = 36;
constexpr size_t kWaitersSince241 = 28;
constexpr int kWaitersShift = 3;  // below: flags, of the clock and of sharing
constexpr uint32_t kFlags = (1 << kWaitersShift) - 1;

bool Since241() {
  // "2.36"; gnu_get_libc_version() never fails.
  const char* const minor = strchr(gnu_get_libc_version(), '.');
  static const bool since = minor != nullptr && strtol(minor + 1, nullptr, 10) >= 41;
  return since;
}

uint32_t* WaitersOf(pthread_cond_t* condition) {
  return reinterpret_cast<uint32_t*>(reinterpret_cast<char*>(condition) + (Since241() ? kWaitersSince241 : kWaiters));
}

struct WaitedAt {
  pthread_mutex_t* lock = nullptr;
  pthread_cond_t* condition = nullptr;
};

// Null pointers if what is there cannot be what it is taken for.
WaitedAt Find(const Runtime& runtime, uintptr_t futex) {
  if (futex == 0) return {};
  // A worker waits on one of two neighbours, by the group that it is in.
  const uintptr_t condition = (futex & ~uintptr_t{7}) - (Since241() ? kSignalsSince241 : kSignals);
  // TaskQueue (src/node_platform.h) has its lock right before its condition variable.
  const uintptr_t lock = condition - sizeof(pthread_mutex_t);
  const Range& memory = runtime.runner_memory;
  if (lock < memory.begin || condition + sizeof(pthread_cond_t) > memory.end) return {};
  auto* const mutex = reinterpret_cast<pthread_mutex_t*>(lock);
  if (mutex->__data.__kind != PTHREAD_MUTEX_NORMAL) return {};
  return {mutex, reinterpret_cast<pthread_cond_t*>(condition)};
}

// Are all workers parked there? Whoever waits at a condition variable still counts as a user of its lock
// (nptl/pthread_cond_wait.c): with another layout than that of this C library there are other numbers here.
bool AllWait(const Runtime& runtime, const WaitedAt& queue) {
  if (queue.lock == nullptr) return false;
  const auto workers = static_cast<uint32_t>(runtime.workers());
  return *WaitersOf(queue.condition) >> kWaitersShift >= workers && queue.lock->__data.__nusers >= workers;
}

// The layout is that of this C library: all workers were seen to wait.
bool g_layout_holds = false;

}  // namespace

RunnerQueue::RunnerQueue(const Runtime& runtime, uintptr_t futex) {
  const WaitedAt queue = Find(runtime, futex);
  g_layout_holds = g_layout_holds || AllWait(runtime, queue);
  if (!g_layout_holds || queue.lock == nullptr || pthread_mutex_lock(queue.lock) != 0) return;
  lock_ = queue.lock;
  condition_ = queue.condition;
  // Who is woken from now on waits for the lock.
  at_rest_ = AllWait(runtime, queue);
}

Fact RunnerQueueFact(const Runtime& runtime, uintptr_t futex) {
  const Holds holds = futex == 0 ? Holds::kUnknown : HoldsIf(AllWait(runtime, Find(runtime, futex)));
  return {"node::TaskQueue, pthread_cond_t",
          "V8's workers wait at a condition variable, of the C library's known layout, that follows its lock",
          "a bare child may hang if it allocates much memory before it calls exec or _exit", holds};
}

RunnerQueue::~RunnerQueue() {
  if (lock_ != nullptr) pthread_mutex_unlock(lock_);
}

void RunnerQueue::ForgetWaitersInChild() const {
  if (condition_ == nullptr) return;
  // As it was initialized: all zero but for the clock that it waits by.
  const uint32_t flags = *WaitersOf(condition_) & kFlags;
  memset(condition_, 0, sizeof(pthread_cond_t));
  *WaitersOf(condition_) = flags;
}

#else  // musl's pthread_cond_signal waits for nobody

RunnerQueue::RunnerQueue(const Runtime& /*runtime*/, uintptr_t /*futex*/) {}

Fact RunnerQueueFact(const Runtime& /*runtime*/, uintptr_t /*futex*/) {
  return {"node::TaskQueue, pthread_cond_t", "V8's workers wait at a condition variable that needs no repair",
          "a bare child may hang if it allocates much memory before it calls exec or _exit", Holds::kYes};
}
RunnerQueue::~RunnerQueue() = default;
void RunnerQueue::ForgetWaitersInChild() const {}

#endif

}  // namespace posix_fork
