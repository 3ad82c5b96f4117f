#include "node/vm_timeouts.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "node/loop_shape.h"
#include "node/runtime.h"
#include "sys/proc.h"
#include "sys/read_memory.h"
#include "sys/stack.h"
#include "sys/thread_id.h"
#include "sys/waits.h"

namespace posix_fork {

namespace {

// The first members of node::Watchdog (src/node_watchdog.h), in Node 20 to 26.
struct Parts {
  void* isolate;
  uv_thread_t thread;
  uv_loop_t loop;
  uv_async_t async;
  uv_timer_t timer;
};

// Whether there is one at `self`. A copy is looked at: other than a Watchdog, what is there may never have been
// written.
bool IsWatchdog(Parts* self, const void* isolate) {
  Parts parts;
  const uv_loop_t* loop = &self->loop;
  return ReadMemory(reinterpret_cast<uintptr_t>(self), &parts, sizeof parts) && parts.isolate == isolate &&
         IsOpenLoop(parts.loop, loop) && parts.async.loop == loop && parts.async.type == UV_ASYNC &&
         parts.timer.loop == loop && parts.timer.type == UV_TIMER;
}

bool HasEnded(const VmTimeout& timeout) { return timeout.tid == 0; }

// libuv's clock for timers (uv__update_time, src/unix/internal.h).
uint64_t Now() { return uv_hrtime() / 1000000; }

// Watchdog::Run: runs until the time is over or ~Watchdog() says so. This thread closes the timer, ~Watchdog() the
// rest.
void Run(void* data) {
  auto* parts = static_cast<Parts*>(data);
  uv_run(&parts->loop, UV_RUN_DEFAULT);
  uv_close(reinterpret_cast<uv_handle_t*>(&parts->timer), nullptr);
}

Parts* PartsOf(const VmTimeout& timeout) {
  return reinterpret_cast<Parts*>(reinterpret_cast<char*>(timeout.loop) - offsetof(Parts, loop));
}

}  // namespace

std::vector<VmTimeout> FindVmTimeouts() {
  std::vector<VmTimeout> timeouts;
  const void* isolate = LocateRuntime().full() && ThreadId() == getpid() ? LocateMainThread().isolate : nullptr;
  if (isolate == nullptr || uv_handle_size(UV_TIMER) != sizeof(uv_timer_t)) return timeouts;
  // A copy: checkers of memory would complain of a read beyond this function's own part of the stack.
  constexpr size_t kWords = 2048;
  const void* words[kWords];
  const uintptr_t base = StackBase();
  for (auto at = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)); at < base; at += sizeof words) {
    const size_t size = std::min(sizeof words, base - at);
    if (!ReadMemory(at, words, size)) break;
    for (size_t i = 0; i < size / sizeof(void*); i++) {
      const uintptr_t address = at + i * sizeof(void*);
      auto* parts = reinterpret_cast<Parts*>(address);
      if (words[i] != isolate || address + sizeof(Parts) > base || !IsWatchdog(parts, isolate)) continue;
      timeouts.push_back({&parts->loop, &parts->timer, &parts->thread, TidOf(parts->thread)});
    }
  }
  return timeouts;
}

bool IsAtRest(VmTimeout* timeout) {
  timeout->tid = TidOf(*timeout->thread);
  if (HasEnded(*timeout)) return true;
  // About to stop the code, which takes a lock of V8's.
  constexpr uint64_t kSoon = 5;
  if (timeout->timer->timeout < Now() + kSoon) return false;
  const BlockedIn blocked = ReadBlockedIn(timeout->tid);
  return WaitsInEpoll(blocked) && static_cast<int>(blocked.args[0]) == timeout->loop->backend_fd;
}

bool IsOver(const VmTimeout& timeout) { return HasEnded(timeout); }

const char* WhyVmTimeoutsCannotGoOn(const std::vector<VmTimeout>& timeouts) {
  for (const VmTimeout& timeout : timeouts) {
    if (!HasEnded(timeout) && !uv_is_active(reinterpret_cast<const uv_handle_t*>(timeout.timer)))
      return "it was over at the moment of the fork";
  }
  return nullptr;
}

int RenewVmTimeoutsInChild(const std::vector<VmTimeout>& timeouts) {
  for (const VmTimeout& timeout : timeouts) {
    if (const int error = uv_loop_fork(timeout.loop)) return error;
  }
  return 0;
}

int RestartVmTimeoutsInChild(const std::vector<VmTimeout>& timeouts) {
  for (const VmTimeout& timeout : timeouts) {
    if (HasEnded(timeout)) continue;
    if (const int error = uv_thread_create(timeout.thread, Run, PartsOf(timeout))) return error;
  }
  return 0;
}

}  // namespace posix_fork
