// What was fork() asked for?
#pragma once

#include <napi.h>

#include <chrono>
#include <vector>

namespace posix_fork {

/// The steps that a test can leave out in order to see what they are for (forkLeavingOut of lib/fork/fork.ts). No
/// program can.
enum Step : unsigned {
  kStepQuiesce = 1,
  kStepShare = 2,
  kStepRestore = 4,
  kStepLoop = 8,
  kStepUvPool = 16,
  kStepV8Pool = 32,
  kStepDeadThreads = 64,
  kStepSever = 128,
  kStepExit = 256,
  kStepHoldWorkers = 512,
  kStepGcLock = 1024,
  kStepTracingLoop = 2048,
  kStepVmThreads = 4096,
  kStepFirstLook = 8192,   // at V8's workers: left out, it is as if one had been woken since
  kStepProfilers = 16384,  // left out, it is as if V8's profiler had not come to rest
};

/// The arguments of Fork (fork.h).
struct ForkRequest {
  explicit ForkRequest(const Napi::CallbackInfo& info);

  /// False if a test leaves the step out.
  bool Does(Step step) const { return (skip & step) == 0; }

  std::chrono::milliseconds quiesce_timeout;
  size_t heap_size;
  bool bare;
  unsigned skip;
  bool inherit_all;
  std::vector<int> keep;
  /// Of the descriptors 0 to 2, connections that are none of the standard streams.
  std::vector<int> connections;
  /// There are threads that a fork does not cover: a debugger's may be among them.
  bool uncovered_threads;
  /// Without V8's profiler stopped nothing is to be forked.
  bool profilers_must_stop;
  /// A function to call now and then while this thread waits: V8 does there what it has put off.
  napi_value noop;
};

}  // namespace posix_fork
