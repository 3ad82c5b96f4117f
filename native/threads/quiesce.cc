#include "threads/quiesce.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "node/platform_calls.h"
#include "node/runner_threads.h"
#include "sys/waits.h"

namespace posix_fork {

namespace {

using Clock = std::chrono::steady_clock;

// Between two looks: shorter than a GC task (0 to 1.3 ms measured), longer than a look (70 us with four workers).
constexpr std::chrono::microseconds kPause(50);

struct V8Worker {
  pid_t tid;
  Fd blocked_in;
};

// V8's workers, once found; one descriptor each. Only the main thread forks in full, so nothing guards it.
std::vector<V8Worker> g_v8_workers;

// The word that a parked worker was last seen to wait on, or its neighbour; it stays where it is.
uintptr_t g_parked_at = 0;

// A worker with nothing to do waits for the condition variable of its queue, which lies inside the runner.
bool IsParked(const BlockedIn& blocked, const Runtime& runtime) {
  return WaitsForConditionIn(blocked, runtime.runner_memory);
}

// One look at all workers: their timeslices if every one is parked, else nothing.
bool AllParked(const Runtime& runtime, std::vector<int64_t>* timeslices) {
  for (const V8Worker& worker : g_v8_workers) {
    // In this order: if the number is the same at the next look, then the thread has not run since *before* it was seen
    // parked here.
    timeslices->push_back(ReadTimeslices(worker.tid));
    const BlockedIn blocked = ReadBlockedIn(worker.blocked_in);
    if (!IsParked(blocked, runtime)) return false;
    g_parked_at = blocked.args[0];
  }
  return true;
}

// One look is not enough: A is seen parked, B (still running) wakes A and parks, B is seen parked. Two looks at which
// all were parked and between which none was scheduled are.
bool IsQuiet(const Runtime& runtime) {
  std::vector<int64_t> first;
  std::vector<int64_t> second;
  return AllParked(runtime, &first) && AllParked(runtime, &second) && first == second;
}

size_t CountV8Workers(const Runtime& runtime) {
  if (IsFirstWorkAwaited()) return 0;  // a child that has needed none
  return static_cast<size_t>(std::max(runtime.workers(), 0));
}

// For the message only: the workers that are not parked or, before they are all known, the threads that they are among.
std::vector<BusyThread> NotParked(const Runtime& runtime) {
  std::vector<pid_t> candidates;
  for (const V8Worker& worker : g_v8_workers) candidates.push_back(worker.tid);
  if (candidates.size() != CountV8Workers(runtime)) candidates = ThreadIds();
  std::vector<BusyThread> busy;
  for (const pid_t tid : candidates) {
    const BlockedIn blocked = ReadBlockedIn(tid);
    if (tid == getpid() || !blocked.known || IsParked(blocked, runtime)) continue;
    if (WaitsInEpoll(blocked)) continue;  // an event loop: the scheduler of delayed tasks, a Worker
    busy.push_back({tid, blocked.running ? "running" : "in " + SyscallName(blocked.number)});
  }
  // An empty list would mean quiet.
  if (busy.empty()) busy.push_back({getpid(), "looking: all were parked by the time that they were named"});
  return busy;
}

// A thread that has ended was not a worker of this pool after all.
bool AnyHasEnded() {
  return std::any_of(g_v8_workers.begin(), g_v8_workers.end(),
                     [](const V8Worker& worker) { return !ReadBlockedIn(worker.blocked_in).known; });
}

// The pool knows its threads, at rest or not.
void FindV8Workers(const Runtime& runtime) {
  g_v8_workers.clear();
  for (const pid_t tid : FindRunnerThreads(runtime).workers) {
    Fd file = OpenBlockedIn(tid);
    if (ReadBlockedIn(file).known) g_v8_workers.push_back({tid, std::move(file)});
  }
}

}  // namespace

std::string WhyV8WorkersCannotBeWatched(const Runtime& runtime) {
  if (g_v8_workers.size() == CountV8Workers(runtime)) return "";
  if (ThreadIds().empty())
    return ReadProc("/proc/self/stat").empty()
               ? "/proc is not mounted, so V8's worker threads cannot be watched"
               : "/proc is that of another pid namespace, so V8's worker threads cannot be watched: mount one of this "
                 "namespace's own (unshare --mount-proc)";
  if (ReadTimeslices(getpid()) < 0)
    return "/proc/self/task/<tid>/schedstat cannot be read (a kernel without CONFIG_SCHED_INFO), so nobody can tell "
           "whether V8's worker threads have run between two looks";
  if (ReadBlockedIn(getpid()).known) return "";
  if (prctl(PR_GET_DUMPABLE) != 1)
    return "the process is not dumpable (prctl(2)), so Linux keeps from it what V8's worker threads are in: it has "
           "changed its user before posix-fork was loaded, has asked not to be, or has file capabilities (ambient ones "
           "would do: setpriv --ambient-caps)";
  return "/proc/self/task/<tid>/syscall cannot be read, so V8's worker threads cannot be watched";
}

std::vector<BusyThread> Quiesce(const Runtime& runtime, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    if (g_v8_workers.size() != CountV8Workers(runtime) || AnyHasEnded()) FindV8Workers(runtime);
    if (g_v8_workers.size() == CountV8Workers(runtime) && IsQuiet(runtime)) return {};
    if (Clock::now() >= deadline) return NotParked(runtime);
    std::this_thread::sleep_for(kPause);
  }
}

uintptr_t WhereV8WorkersPark() { return g_v8_workers.empty() ? 0 : g_parked_at; }

void ForgetV8WorkersInChild() {
  g_v8_workers.clear();
  g_parked_at = 0;
}

}  // namespace posix_fork
