// What must be so before a fork, or it is refused?
#pragma once

#include <napi.h>

#include <chrono>
#include <vector>

#include "node/sigint_thread.h"
#include "node/vm_timeouts.h"
#include "threads/held_workers.h"
#include "threads/quiesce.h"

namespace posix_fork {

/// Before, in the parent: V8's threads, or Workers, have not come to rest within `timeout`: ERR_FORK_BUSY. No lock of
/// V8's may be held.
[[noreturn]] void ThrowBusy(Napi::Env env, std::chrono::milliseconds timeout, const std::vector<BusyThread>& busy);

/// The threads that belong to the code of node:vm in which fork() was called.
struct VmThreads {
  std::vector<VmTimeout> timeouts;
  SigintThread sigint;
};

/// Before, in the parent: finds them, and waits until they wait. Throws ERR_FORK_BUSY if one still runs after
/// `timeout`.
VmThreads RequireVmThreadsAtRest(Napi::Env env, std::chrono::milliseconds timeout, HeldWorkers* workers);

/// Before, in the parent, where it is not known which signals are pending: ERR_FORK_UNSUPPORTED_RUNTIME. No lock of
/// V8's may be held, as for any error.
[[noreturn]] void ThrowUnknownSignals(Napi::Env env);

/// Before, in the parent: there are as many descriptors left as the child's repair opens. Throws what eventfd(2) says.
void RequireDescriptors(Napi::Env env);

}  // namespace posix_fork
