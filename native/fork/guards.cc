#include "fork/guards.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "node/runtime.h"
#include "sys/errors.h"
#include "sys/fd.h"
#include "threads/quiesce.h"

namespace posix_fork {

void ThrowBusy(Napi::Env env, std::chrono::milliseconds timeout, const std::vector<BusyThread>& busy) {
  std::string message =
      "V8's worker threads, or Workers, were not all idle after " + std::to_string(timeout.count()) + " ms:";
  const char* separator = " ";
  for (const BusyThread& thread : busy) {
    message += separator + ("thread " + std::to_string(thread.tid) + " was " + thread.where);
    separator = ", ";
  }
  message += ". Nothing was forked. Try again later, or with a longer quiesceTimeout";
  throw CodedError(env, "ERR_FORK_BUSY", message);
}

VmThreads RequireVmThreadsAtRest(Napi::Env env, std::chrono::milliseconds timeout, HeldWorkers* workers) {
  constexpr std::chrono::microseconds kPause(200);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    VmThreads found = {FindVmTimeouts(), FindSigintThread()};
    bool at_rest = !found.sigint.wanted || found.sigint.thread != nullptr;
    for (VmTimeout& each : found.timeouts) at_rest = IsAtRest(&each) && at_rest;
    // It has told V8 to stop the code, which V8 does at the next call of a function: in a child that would be the
    // repair.
    for (const VmTimeout& each : found.timeouts) {
      if (!IsOver(each)) continue;
      workers->Release();  // before there is an error: see Fork()
      throw CodedError(env, "ERR_FORK_BUSY", "the timeout of a node:vm function was over. Nothing was forked");
    }
    if (at_rest) return found;
    if (std::chrono::steady_clock::now() >= deadline) {
      workers->Release();
      throw CodedError(env, "ERR_FORK_BUSY",
                       "the thread of a timeout, or of breakOnSigint, of node:vm was not idle after " +
                           std::to_string(timeout.count()) +
                           " ms. Nothing was forked. Try again later, or with a longer quiesceTimeout");
    }
    std::this_thread::sleep_for(kPause);
  }
}

void ThrowUnknownSignals(Napi::Env env) {
  throw CodedError(env, "ERR_FORK_UNSUPPORTED_RUNTIME",
                   "A forked child would run signal handlers of its parent: signals are pending, and this libuv passes "
                   "them on in another way than those that posix-fork knows. Nothing was forked");
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

}  // namespace posix_fork
