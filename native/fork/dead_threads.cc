#include "fork/dead_threads.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "fork/repair_deadline.h"
#include "fork/thread_limits.h"
#include "sys/imports.h"

namespace posix_fork {

namespace {

Import g_create = {"pthread_create", {}, 0};
Import g_join = {"pthread_join", {}, 0};
Import g_once = {"pthread_once", {}, 0};
Import g_destroy = {"pthread_cond_destroy", {}, 0};

// The threads that the node binary has started in this process, since it was forked. Never destroyed: threads may still
// end while the process tears its statics down.
struct Threads {
  std::mutex mutex;
  std::vector<pthread_t> alive;
};
alignas(Threads) unsigned char g_threads_storage[sizeof(Threads)];
Threads& LivingThreads() { return *std::launder(reinterpret_cast<Threads*>(g_threads_storage)); }

// glibc gives the stacks of the dead threads, and with them their handles, to new threads that fit into them. A thread
// of the child must not be mistaken for a dead one that Node still means to join, so none of them fits: each generation
// asks for a little more than its parent's did. (pthread_create(3): a cached stack is taken if it is at least as
// large.)
size_t g_larger_stack = 0;
constexpr size_t kStackStep = size_t{64} * 1024;

int CreateWithStackOfItsOwn(pthread_t* thread, const pthread_attr_t* attr, void* (*start)(void*), void* arg) {
  pthread_attr_t larger;
  size_t size = 0;
  if (attr != nullptr) {
    larger = *attr;  // only read: what it may point to stays the caller's
  } else if (const int error = pthread_attr_init(&larger)) {
    return error;
  }
  int error = pthread_attr_getstacksize(&larger, &size);
  if (error == 0) error = pthread_attr_setstacksize(&larger, size + g_larger_stack);
  if (error == 0) error = pthread_create(thread, &larger, start, arg);
  if (attr == nullptr) pthread_attr_destroy(&larger);
  return error;
}

// This thread is in what is done once. So libuv makes its pool, when that is first used (uv_once in src/threadpool.c).
thread_local bool t_is_in_once = false;

// Child, for the rest of its life, on any thread: pthread_create(3) for the node binary. Allocates, and holds a mutex
// that only this and JoinInChild take, neither of them over a call that waits. It is Node's code that calls: an error
// is returned to it; while the child is being repaired, now or later, it ends the process.
int CreateInChild(pthread_t* thread, const pthread_attr_t* attr, void* (*start)(void*), void* arg) {
  const std::lock_guard<std::mutex> lock(LivingThreads().mutex);
  const int error = CreateWithStackOfItsOwn(thread, attr, start, arg);
  if (error == 0) LivingThreads().alive.push_back(*thread);
  // Node waits for ever for a worker that it could not start; libuv aborts.
  if (error != 0 && (RepairIsUnderWay() || t_is_in_once)) {
    DieInRepair("pthread_create", error == EAGAIN ? WhyNoThread().c_str() : strerror(error));
  }
  return error;
}

// Child, for the rest of its life, on any thread: pthread_join(3) for the node binary. Waits for the thread, with no
// mutex held.
int JoinInChild(pthread_t thread, void** result) {
  {
    const std::lock_guard<std::mutex> lock(LivingThreads().mutex);
    std::vector<pthread_t>& alive = LivingThreads().alive;
    size_t i = 0;
    while (i < alive.size() && !pthread_equal(alive[i], thread)) i++;
    if (i == alive.size()) {
      if (result != nullptr) *result = nullptr;
      return 0;
    }
    alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return pthread_join(thread, result);
}

// Child, for the rest of its life, on any thread: pthread_once(3) for the node binary.
int OnceInChild(pthread_once_t* control, void (*routine)()) {
  struct Mark {
    const bool before = std::exchange(t_is_in_once, true);
    ~Mark() { t_is_in_once = before; }
  };
  const Mark mark;
  return pthread_once(control, routine);
}

// The words on which dead threads wait; 0: none. A child has its parent's, too.
constexpr size_t kMostWaiters = 64;
std::atomic<uintptr_t> g_waiters[kMostWaiters];

// Child, for the rest of its life, on any thread: pthread_cond_destroy(3) for the node binary. What is destroyed may
// come again at the same address, and have waiters that live.
int DestroyConditionInChild(pthread_cond_t* condition) {
  const auto begin = reinterpret_cast<uintptr_t>(condition);
  bool forgotten = false;
  for (std::atomic<uintptr_t>& waiter : g_waiters) {
    uintptr_t word = waiter.load();
    const bool here = word >= begin && word < begin + sizeof(pthread_cond_t);
    if (here && waiter.compare_exchange_strong(word, 0)) forgotten = true;
  }
  return forgotten ? 0 : pthread_cond_destroy(condition);
}

// Child only: one write to this process's copy of a page. Calls mprotect(2), and ends the process if it fails.
void Redirect(const Import& import, uintptr_t target) {
  if (const int error = RedirectImport(import, target)) DieInRepair("mprotect", strerror(error));
}

}  // namespace

std::string LocateThreadCalls() {
  static const std::string missing = [] {
    for (Import* import : {&g_create, &g_join}) {
      FindImport(import);
      if (import->count == 0) return std::string("the node binary does not import ") + import->name + " dynamically";
    }
    FindImport(&g_destroy);  // without it a child waits for ever as it stops a profiler of its parent's (Node 20, 22)
    FindImport(&g_once);     // without it a pool that has no threads aborts, and does not say why
    return std::string();
  }();
  return missing;
}

void ForgetThreadsInChild() {
  // Made new, not emptied: another thread of the parent may have been in the middle of it.
  new (g_threads_storage) Threads();
  g_larger_stack += kStackStep;
  Redirect(g_create, reinterpret_cast<uintptr_t>(CreateInChild));
  Redirect(g_join, reinterpret_cast<uintptr_t>(JoinInChild));
  Redirect(g_once, reinterpret_cast<uintptr_t>(OnceInChild));
}

bool KnowsConditions() { return g_destroy.count > 0; }

void ForgetWaiterInChild(uintptr_t futex) {
  for (std::atomic<uintptr_t>& waiter : g_waiters) {
    uintptr_t none = 0;
    if (waiter.compare_exchange_strong(none, futex)) break;
  }
  Redirect(g_destroy, reinterpret_cast<uintptr_t>(DestroyConditionInChild));
}

}  // namespace posix_fork
