#include "threads/held_workers.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>

#include "reap/at_fork.h"
#include "sys/thread_id.h"
#include "sys/waits.h"
#include "threads/census.h"

namespace posix_fork {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::microseconds kPause(50);

// A task in V8's pool may wait for the Worker that it works for (a compilation that needs memory waits for its
// isolate's next GC), and that Worker is held here: seen once in 200 forks beside a busy Worker. So they are let go and
// asked again when the pool takes much longer to come to rest than it does (0 to 1.3 ms; 30 on a loaded machine).
constexpr std::chrono::milliseconds kPatienceWithPool(50);

// A thread at rest holds no lock of V8's or Node's. So a thread that waits for such a lock waits for one that runs:
// microseconds.
constexpr std::chrono::milliseconds kStuck(2);

// Where held Workers wait. Storage, not an object with a destructor: Workers may still come here at the process's end.
struct Held {
  pid_t tid;
  void* isolate;
};
struct Barrier {
  std::mutex mutex;
  std::condition_variable over;
  uintptr_t number = 0;  // of the fork that Workers are held for, or of the next one
  bool raised = false;
  std::vector<Held> held;
};
alignas(Barrier) unsigned char g_barrier_storage[sizeof(Barrier)];
Barrier& TheBarrier() {
  static Barrier* barrier = new (g_barrier_storage) Barrier();
  return *std::launder(barrier);
}

// A Worker's thread, at a stack check: it holds no lock of V8's or Node's. A call that comes too late finds another
// number.
void WaitAtBarrier(void* isolate, void* data) {
  Barrier& barrier = TheBarrier();
  std::unique_lock<std::mutex> lock(barrier.mutex);
  const auto number = reinterpret_cast<uintptr_t>(data);
  if (!barrier.raised || barrier.number != number) return;
  barrier.held.push_back({ThreadId(), isolate});
  barrier.over.wait(lock, [&] { return barrier.number != number; });
}

std::vector<Held> WorkersAtBarrier() {
  const std::lock_guard<std::mutex> lock(TheBarrier().mutex);
  return TheBarrier().held;
}

// A Worker that is blocked here holds no lock that the child could want. What a thread in the middle of V8 or malloc
// is blocked in is memory and mutexes.
bool IsHarmless(const BlockedIn& blocked) {
  if (!blocked.known || blocked.running) return false;
  // It wants to fork or spawn, and this fork has the lock.
  if (blocked.number == SYS_futex && IsForkLock(blocked.args[0])) return true;
  switch (blocked.number) {
    case SYS_futex: return !WaitsForMutex(blocked);
    case -1:
    case SYS_madvise:
    case SYS_mmap:
    case SYS_munmap:
    case SYS_mprotect:
    case SYS_mremap:
    case SYS_brk:
    case SYS_membarrier:
    case SYS_sched_yield: return false;
    default: return true;
  }
}

}  // namespace

// What a Worker waits for as long as this, while the others have come to rest, is the program's own mutex: taken by a
// `before` handler, or by a Worker that is held here.
bool HeldWorkers::IsStuck(pid_t tid, int64_t timeslices) {
  const auto now = Clock::now();
  const auto [entry, is_new] = stuck_.try_emplace(tid, Stuck{timeslices, now});
  if (entry->second.timeslices != timeslices) entry->second = {timeslices, now};
  return now - entry->second.since >= kStuck;
}

// One look at all Workers: when those that are not held last ran, if every one is at rest, else nothing.
bool HeldWorkers::AllAtRest(std::vector<int64_t>* timeslices, std::vector<BusyThread>* busy) {
  timeslices->clear();
  busy->clear();
  std::vector<pid_t> held;
  std::vector<void*> restless = isolates_;
  const auto is_at_rest = [&restless](void* isolate) {
    restless.erase(std::remove(restless.begin(), restless.end(), isolate), restless.end());
  };
  for (const Held& worker : WorkersAtBarrier()) {
    held.push_back(worker.tid);
    is_at_rest(worker.isolate);
  }
  if (restless.empty()) return true;
  for (const Thread& thread : FindWorkers(*stacks_)) {
    if (std::find(held.begin(), held.end(), thread.tid) != held.end()) continue;
    // In this order: if the number is the same at the next look, the thread has not run since before this one.
    const int64_t slices = ReadTimeslices(thread.tid);
    timeslices->push_back(slices);
    const BlockedIn blocked = ReadBlockedIn(thread.tid);
    if (thread.isolate != nullptr && (IsHarmless(blocked) || (WaitsForMutex(blocked) && IsStuck(thread.tid, slices)))) {
      is_at_rest(thread.isolate);
    } else {
      busy->push_back({thread.tid, (blocked.running ? std::string("running") : "in " + SyscallName(blocked.number)) +
                                       " (a Worker)"});
    }
  }
  return restless.empty();
}

void HeldWorkers::RequestStop() {
  Barrier& barrier = TheBarrier();
  const IsolatesLocked locked(runtime_);
  stacks_.emplace(locked);
  for (void* isolate : locked.OfWorkers()) {
    if (std::find(isolates_.begin(), isolates_.end(), isolate) != isolates_.end()) continue;
    isolates_.push_back(isolate);
    {
      const std::lock_guard<std::mutex> lock(barrier.mutex);
      barrier.raised = stop_requested_ = true;
    }
    runtime_.request_interrupt(isolate, WaitAtBarrier, reinterpret_cast<void*>(barrier.number));
  }
}

std::vector<BusyThread> HeldWorkers::Hold(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  const auto left = [&] {
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()),
                    std::chrono::milliseconds(0));
  };
  for (;;) {
    RequestStop();
    std::vector<int64_t> before;
    std::vector<int64_t> after;
    std::vector<BusyThread> busy;
    // In this order: V8's pool is quiet only once no Worker posts tasks for it, and a Worker that waited for such a
    // task has run by the second look.
    if (AllAtRest(&before, &busy)) {
      const std::vector<BusyThread> pool =
          Quiesce(runtime_, isolates_.empty() ? left() : std::min(left(), kPatienceWithPool));
      if (!pool.empty()) {
        const bool any_held = !isolates_.empty();
        LetGo();
        if (!any_held || Clock::now() >= deadline) return pool;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        continue;
      }
      locked_.emplace(runtime_);
      if (locked_->OfWorkers().size() == isolates_.size() &&
          (isolates_.empty() || (AllAtRest(&after, &busy) && before == after))) {
        return {};
      }
      locked_.reset();
    }
    if (Clock::now() >= deadline) {
      if (busy.empty()) busy.push_back({0, "a Worker that starts, ends or runs"});
      return busy;
    }
    // Workers that have ended meanwhile are not waited for.
    {
      const IsolatesLocked locked(runtime_);
      const std::vector<void*> alive = locked.OfWorkers();
      isolates_.erase(
          std::remove_if(isolates_.begin(), isolates_.end(),
                         [&](void* isolate) { return std::find(alive.begin(), alive.end(), isolate) == alive.end(); }),
          isolates_.end());
    }
    std::this_thread::sleep_for(kPause);
  }
}

void HeldWorkers::LetRun() { isolates_ = IsolatesLocked(runtime_).OfWorkers(); }

HeldWorkers::~HeldWorkers() { Release(); }

void HeldWorkers::Release() {
  locked_.reset();
  LetGo();
}

void HeldWorkers::LetGo() {
  if (!stop_requested_) return;
  stop_requested_ = false;
  isolates_.clear();
  Barrier& barrier = TheBarrier();
  const std::lock_guard<std::mutex> lock(barrier.mutex);
  barrier.raised = false;
  barrier.number++;
  barrier.held.clear();
  barrier.over.notify_all();
}

void HeldWorkers::ForgetInChild() {
  if (stop_requested_) {
    // Made new, not unlocked: the condition variable has waiters that do not exist.
    const uintptr_t number = TheBarrier().number;
    new (g_barrier_storage) Barrier();
    TheBarrier().number = number + 1;
    stop_requested_ = false;
  }
  ForgetIsolatesInChild(isolates_);
}

}  // namespace posix_fork
