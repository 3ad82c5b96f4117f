#include "fork/support.h"

#include <uv.h>

#include "fork/dead_threads.h"
#include "node/runtime.h"
#include "sys/errors.h"
#include "sys/proc.h"
#include "threads/quiesce.h"

namespace posix_fork {

namespace {

bool g_is_bare_child = false;

// libuv 1.46 (Node 20) has an io_uring for files, unasked until Node 20.11.0 and if it is told to (UV_USE_IO_URING)
// since. A loop that was forked in the middle of its completions goes on in the new, empty ring: such a child crashed
// 15 times of 15; with libuv 1.51 (Node 22), and later ones, none of 36. Loops have it from the start.
bool LoopHasAnOldRing() {
  constexpr unsigned kMended = 1 << 16 | 51 << 8;
  static const bool has = uv_version() < kMended && ReadProc("/proc/self/maps").find("[io_uring]") != std::string::npos;
  return has;
}

}  // namespace

std::vector<std::string> WhyNotFull() {
  if (g_is_bare_child) return {"this process is the child of a bare fork, which may only exec or _exit"};
  std::vector<std::string> reasons = LocateRuntime().missing;
  const std::string no_thread_calls = LocateThreadCalls();
  if (!no_thread_calls.empty()) reasons.push_back(no_thread_calls);
  if (LoopHasAnOldRing())
    reasons.push_back(
        "this libuv uses io_uring, and cannot be forked in the middle of it (UV_USE_IO_URING=0 in the environment "
        "prevents it)");
  if (reasons.empty()) {
    const std::string blind = WhyV8WorkersCannotBeWatched(LocateRuntime());
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

void BecomeBareChild() { g_is_bare_child = true; }

bool IsBareChild() { return g_is_bare_child; }

Napi::Value ForkSupport(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array reasons = Napi::Array::New(env);
  for (const std::string& reason : WhyNotFull()) reasons.Set(reasons.Length(), Napi::String::New(env, reason));
  return reasons;
}

}  // namespace posix_fork
