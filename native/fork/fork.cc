#include "fork/fork.h"

#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fork/dead_threads.h"
#include "fork/exit.h"
#include "fork/gc_lock.h"
#include "fork/guards.h"
#include "fork/heap.h"
#include "fork/inspector_thread.h"
#include "fork/profiler_thread.h"
#include "fork/repair_deadline.h"
#include "fork/repair_error.h"
#include "fork/request.h"
#include "fork/sever.h"
#include "fork/signals.h"
#include "fork/support.h"
#include "fork/v8_pool.h"
#include "node/platform_calls.h"
#include "node/runner_queue.h"
#include "node/runtime.h"
#include "node/scheduler_loop.h"
#include "node/tracing_loop.h"
#include "node/uv_batches.h"
#include "node/uv_handles.h"
#include "node/uv_loop.h"
#include "node/uv_pool.h"
#include "node/uv_signals.h"
#include "node/vm_timeouts.h"
#include "reap/at_fork.h"
#include "reap/ignored_ends.h"
#include "reap/table.h"
#include "reap/watch.h"
#include "sys/errors.h"
#include "sys/loop.h"
#include "sys/stack.h"
#include "threads/census.h"
#include "threads/held_workers.h"
#include "threads/quiesce.h"

namespace posix_fork {

namespace {

using Clock = std::chrono::steady_clock;

// Child: what restartVmThreads() is to start.
VmThreads& VmThreadsToRestart() {
  static auto& threads = *new VmThreads;
  return threads;
}

// Child, on the stack of the caller of fork(). From here to the end nothing may fail silently, nothing of the parent's
// is touched, and no JavaScript runs. malloc works (glibc's and musl's fork see to it); a lock that another thread of
// the parent may have held does not.
void RepairInChild(uv_loop_t* loop, const ForkRequest& request, SignalsBlocked* signals, const PendingSignals& pending,
                   const InspectorThread& inspector, const ProfilerStopped& profilers, const VmThreads& vm,
                   HeldWorkers* workers) {
  ClaimRepairErrorsInChild();
  RepairDeadline deadline;
  ForgetV8WorkersInChild();
  workers->ForgetInChild();
  if (request.Does(kStepDeadThreads)) ForgetThreadsInChild();
  const bool sever = request.Does(kStepSever);
  if (sever) {
    const Batches batches = FindBatches(loop);
    const int error = request.inherit_all ? SetWatchesAsideInChild(loop)
                                          : SeverInChild(loop, {request.keep, request.connections, batches});
    if (error != 0) DieInRepair("disconnecting the parent's handles", strerror(error));
    ForgetPoolOperationsInChild(loop, batches, request.inherit_all);
  }
  if (request.Does(kStepLoop)) {
    const int error = RenewLoopInChild(loop);
    if (error != 0) DieInRepair("uv_loop_fork", uv_strerror(error));
    pending.ForgetInChild(loop);
    if (sever && !request.inherit_all) {
      StopPollsInChild(loop, request.keep);
      ForgetPollBatchInChild(loop, request.keep);
    }
    ForgetWaitsInChild();
  }
  profilers.ForgetInChild();
  if (const int error = inspector.DisconnectInChild(profilers.stopped()))
    DieInRepair("detaching from the parent's debugger", strerror(error));
  if (const char* why = WhyVmTimeoutsCannotGoOn(vm.timeouts)) DieInRepair("the timeout of a node:vm function", why);
  if (const int error = RenewVmTimeoutsInChild(vm.timeouts))
    DieInRepair("uv_loop_fork, of a timeout of node:vm", uv_strerror(error));
  if (request.Does(kStepTracingLoop)) {
    const int error = RenewTracingLoopInChild();
    if (error != 0) DieInRepair("uv_loop_fork, of Node's tracing", uv_strerror(error));
  }
  if (sever) {
    const int error = RenewWatchesInChild(loop);
    if (error != 0) DieInRepair("inotify", strerror(error));
  }
  signals->Restore();
  // Node's own end, which only a test's child comes to, waits for the threads of libuv and V8.
  if (request.Does(kStepUvPool)) {
    PutOffUvPoolInChild();
    if (!request.Does(kStepExit)) MakeUvPoolAtExitInChild();
    if (const int error = WakeForFinishedInChild(loop)) DieInRepair("uv_async_send", uv_strerror(error));
  }
  if (request.Does(kStepV8Pool)) RenewV8PoolInChild(loop, LocateRuntime(), !request.Does(kStepExit));
  WakeForTasksInChild(loop, LocateRuntime());
  if (request.Does(kStepExit)) ExitPastCleanupInChild(LocateRuntime());
}

// The threads that were not at rest by then: V8's, and Workers, which stand still in `workers` from now on.
std::vector<BusyThread> WaitForRest(const ForkRequest& request, std::chrono::milliseconds patience,
                                    HeldWorkers* workers) {
  if (request.bare) return Quiesce(LocateRuntime(), patience);
  if (request.Does(kStepHoldWorkers)) return workers->Hold(patience);
  workers->LetRun();
  return Quiesce(LocateRuntime(), patience);
}

// Empty if V8 was not at rest within `patience`: then nothing has happened, and it is tried again, unless this is the
// last time.
Napi::Value ForkWithin(std::chrono::milliseconds patience, bool last, Napi::Env env, const ForkRequest& request,
                       HeldWorkers* workers) {
  uv_loop_t* loop = LoopOf(env);
  // Before: may fail, and then nothing has happened.
  InspectorThread inspector;
  Census uncovered = {};
  if (!request.bare && request.uncovered_threads) uncovered = TakeCensusOfUncovered(loop);
  inspector.Find(uncovered.threads);
  if (!request.bare) RequireDescriptors(env);
  const bool calm =
      request.Does(kStepQuiesce) && (!request.bare || (!IsBareChild() && LocateRuntime().full() &&
                                                       WhyV8WorkersCannotBeWatched(LocateRuntime()).empty()));
  std::vector<BusyThread> busy;
  if (calm && request.Does(kStepFirstLook)) busy = WaitForRest(request, patience, workers);
  if (!busy.empty() && !last) return {};
  // A bare one may be forked to exec beside what never rests: so after the time-out it is forked all the same.
  if (!busy.empty() && !request.bare) ThrowBusy(env, request.quiesce_timeout, busy);
  VmThreads vm;
  if (!request.bare && request.Does(kStepVmThreads)) vm = RequireVmThreadsAtRest(env, request.quiesce_timeout, workers);
  PrepareRepairErrors();
  const ProfilerStopped profiler(request.Does(kStepProfilers) ? uncovered.threads : std::vector<Thread>());
  if (request.profilers_must_stop && !profiler.stopped()) return Napi::Number::New(env, kProfilerNotStopped);
  SignalsBlocked signals;
  PendingSignals pending;
  HeapInheritance heap;
  bool signals_known = true;
  int heap_error = 0;
  try {
    signals_known = pending.Count(loop);
    if (signals_known) heap_error = heap.Survey(request.heap_size);
    if (signals_known && heap_error == 0 && request.Does(kStepShare)) heap_error = heap.Share();
  } catch (const std::bad_alloc&) {
    heap_error = ENOMEM;  // as many mappings as there may be (vm.max_map_count), or RLIMIT_AS
  }
  if (!signals_known || heap_error != 0) {
    heap.Restore();
    workers->Release();
    if (!signals_known) ThrowUnknownSignals(env);
    throw SystemError(env, heap_error, "fork");
  }
  ReapTable::Registration registration(ReapTable::Get());
  HoldLoopOverFork(loop);
  std::optional<GcLock> gc_lock;
  std::optional<RunnerQueue> queue;
  const auto hold = [&] {
    // In this order: who has the first may post a task.
    if (request.Does(kStepGcLock)) gc_lock.emplace(LocateRuntime());
    if (calm) queue.emplace(LocateRuntime(), WhereV8WorkersPark());
    return !queue || queue->AtRest();
  };
  const auto let_go = [&] {
    queue.reset();
    gc_lock.reset();
  };
  const auto deadline = Clock::now() + patience;
  bool at_rest = hold();
  while (!at_rest && Clock::now() < deadline) {
    let_go();
    busy = Quiesce(LocateRuntime(), patience);
    at_rest = hold();
  }
  const bool give_up = !at_rest && !(request.bare && last);
  HeldUntilKnown held;
  const pid_t pid = give_up ? -1 : fork();
  if (pid == 0) held.WaitInChild();
  const int fork_error = errno;
  if (pid == 0 && request.bare && queue) queue->ForgetWaitersInChild();
  let_go();
  if (pid > 0) {
    registration.Add(pid);
    held.LetGo();
  }
  ReleaseLoopAfterFork(loop);
  if (request.Does(kStepRestore)) heap.Restore();

  if (pid == 0) {
    // A bare child is not repaired: it has no thread but this one, and V8 believes that it has more.
    if (request.bare) {
      BecomeBareChild();
    } else {
      RepairInChild(loop, request, &signals, pending, inspector, profiler, vm, workers);
      VmThreadsToRestart() = std::move(vm);
    }
  }
  signals.Restore();
  if (pid < 0) {
    // An error is an object of JavaScript's: for it V8 may want to collect garbage, and ask the platform for a task
    // runner.
    workers->Release();
    if (give_up && !last) return {};
    if (give_up) ThrowBusy(env, request.quiesce_timeout, busy);
    throw SystemError(env, fork_error, "fork");
  }
  return Napi::Number::New(env, pid);
}

}  // namespace

Napi::Value Fork(const Napi::CallbackInfo& info) {
  // A worker of V8's that has no room left (its compiler, say) waits until this thread has collected garbage, and that
  // it does at the next call of a function: AwaitCollectionBackground(), V8's src/heap/collection-barrier.cc. So this
  // thread calls one now and then.
  constexpr std::chrono::milliseconds kBetweenCalls(50);
  const Napi::Env env = info.Env();
  const ForkRequest request(info);
  if (!request.bare) RequireFullRuntime(env);
  if (LocateRuntime().measure_clock != nullptr) LocateRuntime().measure_clock();
  const ForkLock one_at_a_time;
  HeldWorkers workers(LocateRuntime());
  const auto deadline = Clock::now() + request.quiesce_timeout;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    const auto patience = std::clamp(left, std::chrono::milliseconds(0), kBetweenCalls);
    const Napi::Value pid = ForkWithin(patience, left <= kBetweenCalls, env, request, &workers);
    if (!pid.IsEmpty()) return pid;
    napi_value ignored;
    // V8 refuses where it is to stop what this thread runs: then an exception is pending.
    if (napi_call_function(env, env.Undefined(), request.noop, 0, nullptr, &ignored) != napi_ok) return {};
  }
}

Napi::Value RestartVmThreads(const Napi::CallbackInfo& info) {
  const VmThreads vm = std::exchange(VmThreadsToRestart(), {});
  {
    const SignalsBlocked signals;
    if (const int error = RestartSigintThreadInChild(vm.sigint))
      DieInRepair("uv_thread_create, of breakOnSigint of node:vm", uv_strerror(error));
  }
  if (const int error = RestartVmTimeoutsInChild(vm.timeouts))
    DieInRepair("uv_thread_create, of a timeout of node:vm", uv_strerror(error));
  return info.Env().Undefined();
}

void PrepareFork() {
  LocateKernelPages();
  LocateStack();
  LocateThreadCalls();
  PrepareExit();
  (void)FindSchedulerLoop(LocateRuntime());  // remembers where it lies: each child would have to look
  (void)PlatformCallsFact(LocateRuntime());
  constexpr std::chrono::milliseconds kAMoment(10);
  if (LocateRuntime().full()) Quiesce(LocateRuntime(), kAMoment);  // finds the workers as they come to rest
}

Napi::Value ExitsPastCleanup(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), ExitsPastCleanup());
}

Napi::Value NoteExitCode(const Napi::CallbackInfo& info) {
  NoteExitCode(info[0].As<Napi::Number>().Int32Value());
  return info.Env().Undefined();
}

Napi::Value ExitPastCleanup(const Napi::CallbackInfo& info) { Exit(info[0].As<Napi::Number>().Int32Value()); }

Napi::Value HasChildProcesses(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), HasProcesses(LoopOf(info.Env())));
}

Napi::Value StdinWasStopped(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), StoppedReadingStdin());
}

Napi::Value InspectorWasDisconnected(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), InspectorWasDisconnected());
}

Napi::Value StoppedFilePolls(const Napi::CallbackInfo& info) {
  const std::vector<std::string>& paths = StoppedFilePolls();
  Napi::Array array = Napi::Array::New(info.Env(), paths.size());
  for (size_t i = 0; i < paths.size(); i++) array[i] = Napi::String::New(info.Env(), paths[i]);
  return array;
}

Napi::Value OutputWasForgotten(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), ForgotOutput());
}

}  // namespace posix_fork
