#include "fork/quiesce.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace posix_fork {

namespace {

using Clock = std::chrono::steady_clock;

// Between two looks: shorter than a GC task (0 to 1.3 ms measured), longer than a look (70 us with four workers).
constexpr std::chrono::microseconds kPause(50);

// The ids of V8's workers, once found. Only the main thread forks in full, so nothing guards it.
std::vector<pid_t> g_workers;

// A worker with nothing to do waits for the condition variable of its queue, which lies inside the runner:
// glibc's pthread_cond_wait is futex(uaddr, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
// musl's is futex(uaddr, FUTEX_WAIT | FUTEX_PRIVATE_FLAG).
bool IsParked(const BlockedIn& blocked, const Range& runner) {
  if (blocked.running || blocked.number != SYS_futex) return false;
  const auto operation = static_cast<int>(blocked.args[1]) & FUTEX_CMD_MASK;
  if (operation != FUTEX_WAIT_BITSET && operation != FUTEX_WAIT) return false;
  return blocked.args[0] >= runner.begin && blocked.args[0] < runner.end;
}

// One look at all workers: their timeslices if every one is parked, else nothing.
bool AllParked(const Runtime& runtime, const std::vector<pid_t>& workers, std::vector<int64_t>* timeslices) {
  timeslices->clear();
  for (const pid_t tid : workers) {
    // In this order: if the number is the same at the next look, then the thread has not run since *before* it was seen
    // parked here.
    timeslices->push_back(ReadTimeslices(tid));
    if (!IsParked(ReadBlockedIn(tid), runtime.runner_memory)) return false;
  }
  return true;
}

// One look is not enough: A is seen parked, B (still running) wakes A and parks, B is seen parked. Two looks at which
// all were parked and between which none was scheduled are.
bool IsQuiet(const Runtime& runtime, const std::vector<pid_t>& workers) {
  std::vector<int64_t> first;
  std::vector<int64_t> second;
  return AllParked(runtime, workers, &first) && AllParked(runtime, workers, &second) && first == second;
}

// Threads carry no mark that tells V8's workers from others (Node 20 and 22 call every thread "node"), but once parked
// they show where they wait. Those that are busy now are found on a later look.
std::vector<pid_t> FindParked(const Runtime& runtime) {
  std::vector<pid_t> parked;
  for (const pid_t tid : ThreadIds()) {
    if (IsParked(ReadBlockedIn(tid), runtime.runner_memory)) parked.push_back(tid);
  }
  return parked;
}

bool IsInEpoll(const BlockedIn& blocked) {
#ifdef SYS_epoll_wait
  if (blocked.number == SYS_epoll_wait) return true;
#endif
  return blocked.number == SYS_epoll_pwait;
}

// For the message only: the workers that are not parked or, before they are all known, the threads that they are among.
std::vector<BusyThread> NotParked(const Runtime& runtime, const std::vector<pid_t>& workers) {
  std::vector<BusyThread> busy;
  for (const pid_t tid : workers.empty() ? ThreadIds() : workers) {
    const BlockedIn blocked = ReadBlockedIn(tid);
    if (tid == getpid() || !blocked.known || IsParked(blocked, runtime.runner_memory)) continue;
    if (IsInEpoll(blocked)) continue;  // an event loop: the scheduler of delayed tasks, a Worker
    busy.push_back({tid, blocked.running ? "running" : "in " + SyscallName(blocked.number)});
  }
  return busy;
}

}  // namespace

std::vector<BusyThread> Quiesce(const Runtime& runtime, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  const auto count = static_cast<size_t>(std::max(runtime.workers(), 0));
  std::vector<pid_t> found = g_workers;
  for (;;) {
    if (found.size() != count) found = FindParked(runtime);
    if (found.size() == count) {
      if (IsQuiet(runtime, found)) {
        g_workers = found;
        return {};
      }
      // A thread that is gone was not a worker of this pool after all: look again.
      for (const pid_t tid : found) {
        if (!ReadBlockedIn(tid).known) found.clear();
      }
    }
    if (Clock::now() >= deadline) {
      // An empty list would mean quiet.
      std::vector<BusyThread> busy = NotParked(runtime, found.size() == count ? found : std::vector<pid_t>());
      if (busy.empty()) busy.push_back({0, "running again by the time that they were looked at"});
      return busy;
    }
    std::this_thread::sleep_for(kPause);
  }
}

void ForgetWorkersInChild() { g_workers.clear(); }

}  // namespace posix_fork
