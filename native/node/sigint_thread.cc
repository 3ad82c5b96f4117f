#include "node/sigint_thread.h"

#include <uv.h>

#include <cstdint>
#include <cstring>

#include "node/lookup.h"
#include "sys/proc.h"
#include "sys/thread_id.h"
#include "sys/waits.h"

namespace posix_fork {

namespace {

// The one object, in Node's static data: it begins with `int start_stop_count_` (src/node_watchdog.h).
constexpr char kInstance[] = "_ZN4node20SigintWatchdogHelper8instanceE";
// void* (*)(void*)
constexpr char kRun[] = "_ZN4node20SigintWatchdogHelper17RunSigintWatchdogEPv";
constexpr size_t kSize = 256;  // 152 bytes in Node 20 to 26; the semaphore and the thread are the last but two flags

using Main = void* (*)(void*);

const char* Instance() {
  static const char* const instance = Lookup<const char*>(kInstance);
  return instance;
}

Main RunSigintWatchdog() {
  static const auto run = Lookup<Main>(kRun);
  return run;
}

// Its handle, among the words of the object: it lies above the stack that the thread waits on (both C libraries), and
// names the thread.
pthread_t* FindHandle(pid_t tid, uint64_t stack_pointer) {
  constexpr uint64_t kDeep = uint64_t{64} * 1024;
  for (size_t at = 0; at + sizeof(pthread_t) <= kSize; at += sizeof(pthread_t)) {
    auto* handle = reinterpret_cast<pthread_t*>(reinterpret_cast<uintptr_t>(Instance()) + at);
    uint64_t word;
    memcpy(&word, handle, sizeof word);
    if (word > stack_pointer && word - stack_pointer < kDeep && TidOf(*handle) == tid) return handle;
  }
  return nullptr;
}

}  // namespace

SigintThread FindSigintThread() {
  SigintThread found;
  if (Instance() == nullptr || RunSigintWatchdog() == nullptr) return found;
  int count;
  memcpy(&count, Instance(), sizeof count);
  found.wanted = count > 0;
  if (!found.wanted) return found;
  const auto begin = reinterpret_cast<uintptr_t>(Instance());
  for (const pid_t tid : ThreadIds()) {
    const BlockedIn blocked = ReadBlockedIn(tid);
    if (!WaitsForConditionIn(blocked, {begin, begin + kSize})) continue;
    found.thread = FindHandle(tid, blocked.stack_pointer);
    if (found.thread != nullptr) break;
  }
  return found;
}

int RestartSigintThreadInChild(const SigintThread& found) {
  if (found.thread == nullptr) return 0;
  return uv_thread_create(
      found.thread, [](void*) { RunSigintWatchdog()(nullptr); }, nullptr);
}

Fact SigintThreadFact() {
  return {
      "node::SigintWatchdogHelper", "the node binary exports the object, and what its thread runs",
      "a child that is forked in code with breakOnSigint does not heed SIGINT there, and breaks off the next such code",
      HoldsIf(Instance() != nullptr && RunSigintWatchdog() != nullptr)};
}

}  // namespace posix_fork
