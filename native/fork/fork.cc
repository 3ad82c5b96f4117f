#include "fork/fork.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <vector>

#include "fork/dead_threads.h"
#include "fork/exit.h"
#include "fork/gc_lock.h"
#include "fork/heap.h"
#include "fork/loop.h"
#include "fork/repair_deadline.h"
#include "fork/sever.h"
#include "fork/signals.h"
#include "fork/tracing_loop.h"
#include "fork/v8_pool.h"
#include "node/runner_queue.h"
#include "node/runtime.h"
#include "node/uv_batches.h"
#include "node/uv_signals.h"
#include "reap/at_fork.h"
#include "reap/table.h"
#include "reap/watch.h"
#include "sys/errors.h"
#include "sys/fd.h"
#include "sys/loop.h"
#include "sys/proc.h"
#include "threads/held_workers.h"
#include "threads/quiesce.h"
#include "threads/uv_pool.h"

namespace posix_fork {

namespace {

// Steps that a test leaves out in order to see what they are for. Nothing in lib/ passes anything but 0.
enum Skip : unsigned {
  kSkipQuiesce = 1,
  kSkipShare = 2,
  kSkipRestore = 4,
  kSkipLoop = 8,
  kSkipThreadPool = 16,
  kSkipWorkers = 32,
  kSkipDeadThreads = 64,
  kSkipSever = 128,
  kSkipExit = 256,
  kSkipHoldWorkers = 512,
  kSkipGcLock = 1024,
  kSkipTracingLoop = 2048,
};

// This process came from fork({ runtime: 'bare' }): its pools are the parent's, and a fork would wait for them in vain.
bool g_is_bare_child = false;

struct Request {
  std::chrono::milliseconds quiesce_timeout;
  size_t heap_size;
  bool bare;
  unsigned skip;
  bool inherit_all;
  std::vector<int> keep;
};

std::vector<int> ParseDescriptors(const Napi::Array& array) {
  std::vector<int> fds;
  for (uint32_t i = 0; i < array.Length(); i++) fds.push_back(array.Get(i).As<Napi::Number>().Int32Value());
  return fds;
}

Request ParseRequest(const Napi::CallbackInfo& info) {
  return {
      std::chrono::milliseconds(info[0].As<Napi::Number>().Int64Value()),
      static_cast<size_t>(info[1].As<Napi::Number>().Int64Value()),
      info[2].As<Napi::Boolean>().Value(),
      info[3].As<Napi::Number>().Uint32Value(),
      info[4].As<Napi::Boolean>().Value(),
      ParseDescriptors(info[5].As<Napi::Array>()),
  };
}

// libuv 1.46 (Node 20) has an io_uring for files, unasked until Node 20.11.0 and if it is told to (UV_USE_IO_URING)
// since. A loop that was forked in the middle of its completions goes on in the new, empty ring: such a child crashed
// 15 times of 15; with libuv 1.51 (Node 22), and later ones, none of 36. Loops have it from the start.
bool LoopHasAnOldRing() {
  constexpr unsigned kMended = 1 << 16 | 51 << 8;
  static const bool has = uv_version() < kMended && ReadProc("/proc/self/maps").find("[io_uring]") != std::string::npos;
  return has;
}

std::vector<std::string> WhyNotFull() {
  if (g_is_bare_child) return {"this process is the child of a bare fork, which may only exec or _exit"};
  std::vector<std::string> reasons = LocateRuntime().missing;
  if (LoopHasAnOldRing())
    reasons.push_back(
        "this libuv uses io_uring, and cannot be forked in the middle of it (UV_USE_IO_URING=0 in the environment "
        "prevents it)");
  if (reasons.empty()) {
    const std::string blind = WhyWorkersCannotBeWatched(LocateRuntime());
    if (!blind.empty()) reasons.push_back(blind);
  }
  return reasons;
}

void RequireFullRuntime(Napi::Env env) {
  const std::vector<std::string> reasons = WhyNotFull();
  if (reasons.empty()) return;
  std::string message = "A forked child would not work in this runtime:";
  for (const std::string& reason : reasons) message += " " + reason + ";";
  message += " fork({ runtime: 'bare' }) gives a child that may only exec or _exit";
  throw CodedError(env, "ERR_FORK_UNSUPPORTED_RUNTIME", message);
}

void RequireQuiet(Napi::Env env, std::chrono::milliseconds timeout, WorkerThreadsHeld* workers, bool hold) {
  if (!hold) workers->LeaveRunning();
  const std::vector<BusyThread> busy = hold ? workers->Hold(timeout) : Quiesce(LocateRuntime(), timeout);
  if (busy.empty()) return;
  std::string message =
      "V8's worker threads, or Workers, were not all at rest after " + std::to_string(timeout.count()) + " ms:";
  const char* separator = " ";
  for (const BusyThread& thread : busy) {
    message += separator + ("thread " + std::to_string(thread.tid) + " was " + thread.where);
    separator = ", ";
  }
  message += ". Nothing was forked. Try again later, or with a longer quiesceTimeout";
  throw CodedError(env, "ERR_FORK_BUSY", message);
}

// The child's repair opens descriptors: an event loop for Node's scheduler of delayed tasks, which asserts that it got
// them.
void RequireDescriptors(Napi::Env env) {
  constexpr size_t kNeeded = 12;
  Fd spare[kNeeded];
  for (Fd& fd : spare) {
    fd = Fd(eventfd(0, EFD_CLOEXEC));
    if (!fd) throw SystemError(env, errno, "fork");
  }
}

// Child, on the stack of the caller of fork(). From here to the end nothing may fail silently, nothing of the parent's
// is touched, and no JavaScript runs. malloc works (glibc's and musl's fork see to it); a lock that another thread of
// the parent may have held does not.
void RepairInChild(uv_loop_t* loop, const Request& request, SignalsBlocked* signals, const PendingSignals& pending,
                   WorkerThreadsHeld* workers) {
  RepairDeadline deadline;
  ForgetWorkersInChild();
  workers->ForgetInChild();
  if (!(request.skip & kSkipDeadThreads)) ForgetThreadsInChild();
  const bool sever = !(request.skip & kSkipSever);
  if (sever) {
    const Batches batches = FindBatches(loop);
    const int error = request.inherit_all ? SetWatchesAsideInChild(loop) : SeverInChild(loop, request.keep, batches);
    if (error != 0) DieInRepair("severing the parent's handles", strerror(error));
    ForgetPoolOperationsInChild(loop, batches, request.inherit_all);
  }
  if (!(request.skip & kSkipLoop)) {
    const int error = RenewLoopInChild(loop);
    if (error != 0) DieInRepair("uv_loop_fork", uv_strerror(error));
    pending.ForgetInChild(loop);
    if (sever && !request.inherit_all) StopPollsInChild(loop, request.keep);
    ForgetWaitsInChild();
  }
  if (!(request.skip & kSkipTracingLoop)) {
    const int error = RenewTracingLoopInChild();
    if (error != 0) DieInRepair("uv_loop_fork, of Node's tracing", uv_strerror(error));
  }
  if (sever) {
    const int error = RenewWatchesInChild(loop);
    if (error != 0) DieInRepair("inotify", strerror(error));
  }
  signals->Restore();
  if (!(request.skip & kSkipThreadPool)) {
    const int error = RenewThreadPoolInChild(loop);
    if (error != 0) DieInRepair("uv_queue_work", uv_strerror(error));
  }
  if (!(request.skip & kSkipWorkers)) RenewWorkersInChild(LocateRuntime());
  WakeForTasksInChild(loop, LocateRuntime());
  if (!(request.skip & kSkipExit)) ExitPastCleanupInChild(LocateRuntime());
}

}  // namespace

Napi::Value Fork(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Request request = ParseRequest(info);
  uv_loop_t* loop = LoopOf(env);
  if (!request.bare) RequireFullRuntime(env);

  // Before: may fail, and then nothing has happened.
  if (LocateRuntime().measure_clock != nullptr) LocateRuntime().measure_clock();
  const ForkLock one_at_a_time;
  WorkerThreadsHeld workers(LocateRuntime());
  if (!request.bare) RequireDescriptors(env);
  if (!request.bare && !(request.skip & kSkipQuiesce)) {
    RequireQuiet(env, request.quiesce_timeout, &workers, !(request.skip & kSkipHoldWorkers));
  }
  const bool calm_bare_child =
      request.bare && !(request.skip & kSkipQuiesce) && !g_is_bare_child && LocateRuntime().full();
  // It may be forked to exec beside what never rests: so after the time-out it is forked all the same.
  if (calm_bare_child) Quiesce(LocateRuntime(), request.quiesce_timeout);
  SignalsBlocked signals;
  PendingSignals pending;
  HeapInheritance heap;
  int heap_error;
  try {
    pending.Count(loop);
    heap_error = heap.Survey(request.heap_size);
    if (heap_error == 0 && !(request.skip & kSkipShare)) heap_error = heap.Share();
  } catch (const std::bad_alloc&) {
    heap_error = ENOMEM;  // as many mappings as there may be (vm.max_map_count), or RLIMIT_AS
  }
  if (heap_error != 0) {
    heap.Restore();
    throw SystemError(env, heap_error, "fork");
  }
  ReapTable::Birth birth(ReapTable::Get());
  HoldLoopOverFork(loop);
  std::optional<RunnerQueue> queue;
  if (calm_bare_child) queue.emplace(LocateRuntime(), WhereWorkersAreParked(LocateRuntime()));
  std::optional<GcLock> gc_lock;
  if (!(request.skip & kSkipGcLock)) gc_lock.emplace(LocateRuntime());
  const pid_t pid = fork();
  const int fork_error = errno;
  gc_lock.reset();
  if (pid == 0 && queue) queue->ForgetWaitersInChild();
  queue.reset();
  if (pid > 0) birth.Adopt(pid);
  ReleaseLoopAfterFork(loop);
  if (!(request.skip & kSkipRestore)) heap.Restore();

  if (pid == 0) {
    if (request.bare) {
      g_is_bare_child = true;
    } else {
      RepairInChild(loop, request, &signals, pending, &workers);
    }
  }
  signals.Restore();
  if (pid < 0) throw SystemError(env, fork_error, "fork");
  return Napi::Number::New(env, pid);
}

void PrepareFork() {
  LocateKernelPages();
  LocateStack();
  constexpr std::chrono::milliseconds kAMoment(10);
  if (LocateRuntime().full()) Quiesce(LocateRuntime(), kAMoment);  // finds the workers as they come to rest
}

Napi::Value ExitsPastCleanup(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), ExitsPastCleanup());
}

Napi::Value ExitPastCleanup(const Napi::CallbackInfo& info) { Exit(info[0].As<Napi::Number>().Int32Value()); }

Napi::Value ForkSupport(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array reasons = Napi::Array::New(env);
  for (const std::string& reason : WhyNotFull()) reasons.Set(reasons.Length(), Napi::String::New(env, reason));
  return reasons;
}

Napi::Value StdinWasStopped(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), StoppedReadingStdin());
}

Napi::Value OutputWasForgotten(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), ForgotOutput());
}

}  // namespace posix_fork
