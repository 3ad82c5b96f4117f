#include "threads/census.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "node/isolates.h"
#include "node/runner_threads.h"
#include "node/runtime.h"
#include "node/static_data.h"
#include "node/thread_names.h"
#include "node/uv_pool.h"
#include "node/vm_timeouts.h"
#include "sys/proc.h"
#include "sys/waits.h"

namespace posix_fork {

namespace {

// Between two looks at threads that seem to be uncovered: long enough for one that is about to end.
constexpr std::chrono::microseconds kGrace(1000);

// As long as Node may take for its own short-lived threads: from version 22 on it loads root certificates in one as it
// starts, where NODE_EXTRA_CA_CERTS is set (5 to 10 ms). One that runs, or would if it had a processor, is given more:
// the machine may be loaded. Waited for once for each thread.
constexpr std::chrono::milliseconds kShortLife(250);
constexpr std::chrono::milliseconds kShortLifeOfRunning(1000);

// Kinds that a thread keeps for its life, in this process (a child starts with none). Each thread that asks has its
// own: a lock could be held by another one at the moment of a fork.
struct Known {
  pid_t pid = 0;
  std::map<pid_t, ThreadKind> kinds;
  std::set<pid_t> lasting;  // threads that show nothing, and did not end when they were given the time to
};

Known& KnownHere() {
  thread_local Known known;
  if (known.pid != getpid()) known = {getpid(), {}, {}};
  return known;
}

std::string ReadTask(pid_t tid, const char* file) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/%s", tid, file);
  return ReadProc(path);
}

std::string ReadName(pid_t tid) {
  std::string name = ReadTask(tid, "comm");
  if (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

// When the thread was started, in clock ticks since boot, or -1. (comm may contain anything but what follows its ")".)
int64_t ReadStart(pid_t tid) {
  const std::string text = ReadTask(tid, "stat");
  const size_t name_end = text.rfind(')');
  int64_t start = -1;
  if (name_end != std::string::npos) {
    sscanf(text.c_str() + name_end + 1,
           " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNd64, &start);
  }
  return start;
}

bool StartsWith(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

// The threads of io_uring are listed with those of the process, but they run none of its code, and hold none of its
// locks.
bool IsOfIoUring(const Thread& thread) {
  constexpr unsigned kIoWorker = 0x10;  // PF_IO_WORKER, include/linux/sched.h: the name could be anybody's
  if (!StartsWith(thread.name, "iou-")) return false;
  const std::string text = ReadTask(thread.tid, "stat");
  const size_t name_end = text.rfind(')');
  unsigned flags = 0;
  if (name_end != std::string::npos) sscanf(text.c_str() + name_end + 1, " %*c %*d %*d %*d %*d %*d %u", &flags);
  return (flags & kIoWorker) != 0;
}

struct Status {
  bool ending = false;
  uint64_t blocked_signals = 0;
};

Status ReadStatus(pid_t tid) {
  Status status;
  const std::string text = ReadTask(tid, "status");
  const size_t state = text.find("\nState:\t");
  status.ending = state == std::string::npos || text[state + 8] == 'X' || text[state + 8] == 'Z';
  const size_t blocked = text.find("\nSigBlk:\t");
  if (blocked != std::string::npos) status.blocked_signals = strtoull(text.c_str() + blocked + 9, nullptr, 16);
  return status;
}

bool Blocks(const Status& status, int signal) { return status.blocked_signals >> (signal - 1) & 1; }

class Observer {
 public:
  Observer(unsigned operations, IsolateStacks stacks)
      : operations_(operations),
        main_name_(ReadName(getpid())),
        runner_(FindRunnerThreads(Runtime_())),
        stacks_(std::move(stacks)),
        vm_timeouts_(FindVmTimeouts()) {}

  // False if the thread has ended, or is ending.
  bool Observe(pid_t tid, Thread* thread) {
    const BlockedIn blocked = ReadBlockedIn(tid);
    thread->name = ReadName(tid);
    const Status status = ReadStatus(tid);  // the last: while a thread is there, the others could be read
    if (status.ending) return false;
    if (!blocked.running && (blocked.number == SYS_exit || blocked.number == SYS_exit_group)) return false;
    thread->tid = tid;
    thread->unnamed = thread->name == "node" || thread->name == main_name_;
    thread->blocked = blocked.running || !blocked.known ? "" : SyscallName(blocked.number);
    thread->isolate = nullptr;
    thread->kind = Classify(thread, blocked, status);
    thread->parked = IsParked(thread->kind, blocked);
    thread->covered = IsCovered(*thread);
    return true;
  }

 private:
  static const Runtime& Runtime_() { return LocateRuntime(); }

  ThreadKind Classify(Thread* thread, const BlockedIn& blocked, const Status& status) {
    if (thread->tid == getpid()) return ThreadKind::kMain;
    auto& kinds = KnownHere().kinds;
    const auto known = kinds.find(thread->tid);
    if (known != kinds.end()) return known->second;
    thread->isolate = FindIsolate(blocked);
    const ThreadKind kind = ClassifyNew(*thread, blocked, status);
    // The threads of these three live as long as the process, so their ids are not given to others.
    if (kind == ThreadKind::kV8Worker || kind == ThreadKind::kDelayedTaskScheduler ||
        (kind == ThreadKind::kSignalInspector && !blocked.running) ||
        (kind == ThreadKind::kLibuvWorker && IsParked(kind, blocked))) {
      kinds[thread->tid] = kind;
    }
    return kind;
  }

  // The isolate on whose stack the thread is. A guard page is the low end of every thread's stack, whatever the kernel
  // has merged with its upper end.
  void* FindIsolate(const BlockedIn& blocked) {
    if (blocked.running || !blocked.known || stacks_.empty()) return nullptr;
    if (mappings_.empty()) mappings_ = OwnMappings();
    for (const Range& mapping : mappings_) {
      if (blocked.stack_pointer >= mapping.begin && blocked.stack_pointer < mapping.end)
        return stacks_.Find({mapping.begin, blocked.stack_pointer});
    }
    return nullptr;
  }

  ThreadKind ClassifyNew(const Thread& thread, const BlockedIn& blocked, const Status& status) {
    if (thread.tid == runner_.scheduler) return ThreadKind::kDelayedTaskScheduler;
    for (const pid_t worker : runner_.workers) {
      if (thread.tid == worker) return ThreadKind::kV8Worker;
    }
    for (const VmTimeout& timeout : vm_timeouts_) {
      if (thread.tid == timeout.tid) return ThreadKind::kVmTimeout;
    }
    if (thread.isolate != nullptr) return ThreadKind::kWorker;
    // The names that Node 24 and 26 give, and Node 22 in part (uv_thread_setname).
    if (thread.name == kSignalInspectorName) return ThreadKind::kSignalInspector;
    // One that has just begun: fork() waits until it rests, as for those of time-outs.
    if (blocked.running && thread.name == kSigintThreadName) return ThreadKind::kVmTimeout;
    if (StartsWith(thread.name, kUvWorkerName)) return ThreadKind::kLibuvWorker;
    if (thread.name == "WorkerThread") return ThreadKind::kWorker;
    if (StartsWith(thread.name, "InspectorIo")) return ThreadKind::kInspector;
    const bool blocks_all = Blocks(status, SIGINT) && Blocks(status, SIGTERM) && Blocks(status, SIGCHLD);
    // Node starts it with all signals blocked, and does not wait until it runs, names itself and parks, which takes a
    // while on a loaded machine: warned of in 9 of 480 programs that forked at once beside five others (Node 26).
    if (blocks_all && thread.unnamed && blocked.running && MayBeSignalInspector(thread.tid)) {
      return ThreadKind::kSignalInspector;
    }
    if (!blocked.known && thread.unnamed) {
      // A process that has changed its user may not see what its threads wait for, and there is no more to go by.
      return blocks_all ? ThreadKind::kSignalInspector : ThreadKind::kLibuvWorker;
    }
    if (WaitsForCondition(blocked) && InNodeData(blocked.args[0])) {
      // Both wait in the node binary's own data, but the signal inspector has all signals blocked.
      return blocks_all ? ThreadKind::kSignalInspector : ThreadKind::kLibuvWorker;
    }
    // What Node starts early has SIGUSR1 blocked, as the main thread has until it is set up; or for good, with
    // --disable-sigusr1.
    if (thread.unnamed && WaitsInEpoll(blocked) && (!Blocks(status, SIGUSR1) || Blocks(ReadStatus(getpid()), SIGUSR1)))
      return ThreadKind::kInspector;
    if (!thread.unnamed) return ThreadKind::kForeign;
    // A thread without a name that was never seen at rest, while the pool has work.
    return operations_ > 0 ? ThreadKind::kLibuvWorker : ThreadKind::kForeign;
  }

  // There is one, as old as the process.
  static bool MayBeSignalInspector(pid_t tid) {
    for (const auto& known : KnownHere().kinds) {
      if (known.second == ThreadKind::kSignalInspector) return false;
    }
    constexpr int64_t kBoot = 500;  // ticks of 10 ms
    return ReadStart(tid) - ReadStart(getpid()) < kBoot;
  }

  bool IsParked(ThreadKind kind, const BlockedIn& blocked) const {
    if (blocked.running || !blocked.known) return false;
    switch (kind) {
      case ThreadKind::kV8Worker: return WaitsForConditionIn(blocked, Runtime_().runner_memory);
      case ThreadKind::kSignalInspector:
      case ThreadKind::kLibuvWorker: return WaitsForCondition(blocked) && InNodeData(blocked.args[0]);
      case ThreadKind::kDelayedTaskScheduler:
      case ThreadKind::kVmTimeout:
      case ThreadKind::kInspector:
      case ThreadKind::kWorker: return WaitsInEpoll(blocked);
      case ThreadKind::kMain:
      case ThreadKind::kForeign: return false;
    }
    return false;
  }

  // A thread of libuv's pool that has nothing to do may still be on its way back to rest: libuv's own pthread_atfork
  // handler and the loop's step see to that.
  bool IsCovered(const Thread& thread) const {
    switch (thread.kind) {
      case ThreadKind::kMain:
      case ThreadKind::kV8Worker:
      case ThreadKind::kDelayedTaskScheduler:
      case ThreadKind::kSignalInspector:
      case ThreadKind::kVmTimeout: return true;
      case ThreadKind::kLibuvWorker: return thread.parked || operations_ == 0;
      case ThreadKind::kForeign: return IsOfIoUring(thread);
      case ThreadKind::kWorker:
      case ThreadKind::kInspector: return false;
    }
    return false;
  }

  unsigned operations_;
  std::string main_name_;
  RunnerThreads runner_;
  IsolateStacks stacks_;
  std::vector<VmTimeout> vm_timeouts_;
  std::vector<Range> mappings_;
};

// libuv starts the threads of its pool in one go, UV_THREADPOOL_SIZE of them (src/threadpool.c).
size_t PoolSize() {
  const char* size = getenv("UV_THREADPOOL_SIZE");
  return size == nullptr ? 4 : static_cast<size_t>(std::min(std::max(atoi(size), 1), 1024));
}

// Node 20 gives no names, and the later ones not at once, so a thread of the pool that runs shows nothing. But libuv
// waits until all of its threads have begun: if some were seen, the ones that are missing are among those that show
// nothing, and are those that were started at the same time.
void FindRestOfPool(std::vector<Thread>* threads, unsigned operations) {
  std::set<pid_t> pool;
  for (const auto& known : KnownHere().kinds) {
    if (known.second == ThreadKind::kLibuvWorker) pool.insert(known.first);
  }
  std::vector<Thread*> candidates;
  for (Thread& thread : *threads) {
    if (thread.kind == ThreadKind::kLibuvWorker) pool.insert(thread.tid);
    if (thread.kind == ThreadKind::kForeign && thread.unnamed) candidates.push_back(&thread);
  }
  if (pool.empty() || pool.size() >= PoolSize()) return;
  const int64_t start = ReadStart(*pool.begin());
  std::stable_sort(candidates.begin(), candidates.end(), [start](const Thread* a, const Thread* b) {
    return std::abs(ReadStart(a->tid) - start) < std::abs(ReadStart(b->tid) - start);
  });
  candidates.resize(std::min(candidates.size(), PoolSize() - pool.size()));
  for (Thread* thread : candidates) {
    thread->kind = ThreadKind::kLibuvWorker;  // a guess: not to be remembered
    thread->covered = operations == 0;
  }
}

std::vector<pid_t> NotKnownAsCovered(bool pool_is_idle) {
  std::vector<pid_t> tids;
  const auto& kinds = KnownHere().kinds;
  for (const pid_t tid : ThreadIds()) {
    const auto known = kinds.find(tid);
    const bool covered = known != kinds.end() && (known->second != ThreadKind::kLibuvWorker || pool_is_idle);
    if (!covered && tid != getpid()) tids.push_back(tid);
  }
  return tids;
}

Census Look(uv_loop_t* loop) {
  Census census = {{}, CountPoolOperations(loop)};
  const std::vector<pid_t> suspects = NotKnownAsCovered(census.operations == 0);
  if (suspects.empty()) return census;
  Observer observer(census.operations, IsolateStacks(LocateRuntime()));
  for (const pid_t tid : suspects) {
    Thread thread;
    if (observer.Observe(tid, &thread)) census.threads.push_back(thread);
  }
  FindRestOfPool(&census.threads, census.operations);
  auto& threads = census.threads;
  threads.erase(std::remove_if(threads.begin(), threads.end(), [](const Thread& each) { return each.covered; }),
                threads.end());
  return census;
}

bool AnyMayEndSoon(const Census& census, std::chrono::steady_clock::duration waited) {
  const auto& lasting = KnownHere().lasting;
  return std::any_of(census.threads.begin(), census.threads.end(), [&lasting, waited](const Thread& thread) {
    if (thread.kind != ThreadKind::kForeign || !thread.unnamed || lasting.count(thread.tid) != 0) return false;
    return waited < (thread.blocked.empty() ? kShortLifeOfRunning : kShortLife);
  });
}

}  // namespace

bool IsProfiler(const Thread& thread) { return thread.name == kProfilerName; }

const char* ThreadKindName(ThreadKind kind) {
  switch (kind) {
    case ThreadKind::kMain: return "main";
    case ThreadKind::kV8Worker: return "v8-worker";
    case ThreadKind::kDelayedTaskScheduler: return "delayed-task-scheduler";
    case ThreadKind::kSignalInspector: return "signal-inspector";
    case ThreadKind::kLibuvWorker: return "libuv-worker";
    case ThreadKind::kVmTimeout: return "vm-timeout";
    case ThreadKind::kWorker: return "worker";
    case ThreadKind::kInspector: return "inspector";
    case ThreadKind::kForeign: return "foreign";
  }
  return "foreign";
}

Census TakeCensus(uv_loop_t* loop) {
  Census census = {{}, CountPoolOperations(loop)};
  Observer observer(census.operations, IsolateStacks(LocateRuntime()));
  for (const pid_t tid : ThreadIds()) {
    Thread thread;
    if (observer.Observe(tid, &thread)) census.threads.push_back(thread);
  }
  FindRestOfPool(&census.threads, census.operations);
  return census;
}

std::vector<Thread> FindWorkers(const IsolateStacks& stacks) {
  std::vector<Thread> workers;
  Observer observer(0, stacks);
  for (const pid_t tid : NotKnownAsCovered(true)) {
    Thread thread;
    if (!observer.Observe(tid, &thread)) continue;
    if (thread.kind == ThreadKind::kWorker) workers.push_back(thread);
  }
  return workers;
}

Census TakeCensusOfUncovered(uv_loop_t* loop) {
  const Census first = Look(loop);
  if (first.threads.empty()) return first;
  // pthread_join(3) returns a moment before the thread is gone from /proc: look again before crying wolf.
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    std::this_thread::sleep_for(kGrace);
    Census census = Look(loop);
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (AnyMayEndSoon(census, waited)) continue;
    if (waited >= kShortLife) {
      for (const Thread& thread : census.threads) KnownHere().lasting.insert(thread.tid);
    }
    return census;
  }
}

}  // namespace posix_fork
