#include "fork/support.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "fork/dead_threads.h"
#include "node/collect.h"
#include "node/heap_pages.h"
#include "node/platform_calls.h"
#include "node/runner_queue.h"
#include "node/runtime.h"
#include "node/scheduler_loop.h"
#include "node/shared_buffers.h"
#include "node/sigint_thread.h"
#include "node/uv_version.h"
#include "sys/errors.h"
#include "sys/loop.h"
#include "sys/proc.h"
#include "sys/thread_id.h"
#include "threads/quiesce.h"

namespace posix_fork {

namespace {

bool g_is_bare_child = false;

// Where V8's workers wait; 0 if they are not seen at rest. The main thread alone watches them.
uintptr_t WhereWorkersWait(const Runtime& runtime) {
  if (ThreadId() != getpid() || g_is_bare_child || !runtime.full()) return 0;
  constexpr std::chrono::milliseconds kAMoment(50);
  return Quiesce(runtime, kAMoment).empty() ? WhereV8WorkersPark() : 0;
}

std::vector<Fact> Facts(Napi::Env env) {
  const Runtime& runtime = LocateRuntime();
  std::vector<Fact> facts = runtime.facts;
  facts.push_back({"pthread_create, pthread_join", "the node binary imports them dynamically",
                   "fork() throws: a child would wait for threads that do not exist there",
                   HoldsIf(LocateThreadCalls().empty())});
  for (const Fact& fact : UvFacts(LoopOf(env))) facts.push_back(fact);
  facts.push_back(RunnerQueueFact(runtime, WhereWorkersWait(runtime)));
  facts.push_back(SharedBuffersFact(env));
  facts.push_back(SchedulerLoopFact(runtime));
  facts.push_back(SigintThreadFact());
  facts.push_back(PlatformCallsFact(runtime));
  facts.push_back(CollectFact());
  facts.push_back(HeapPagesFact());
  return facts;
}

}  // namespace

std::vector<std::string> WhyNotFull(Napi::Env env) {
  if (g_is_bare_child) return {"this process is the child of a bare fork, which may only exec or _exit"};
  std::vector<std::string> reasons = LocateRuntime().missing;
  const std::string no_thread_calls = LocateThreadCalls();
  if (!no_thread_calls.empty()) reasons.push_back(no_thread_calls);
  for (const std::string& reason : WhyLoopCannotBeForked(LoopOf(env))) reasons.push_back(reason);
  if (reasons.empty()) {
    const std::string blind = WhyV8WorkersCannotBeWatched(LocateRuntime());
    if (!blind.empty()) reasons.push_back(blind);
  }
  return reasons;
}

void RequireFullRuntime(Napi::Env env) {
  TakeProcError();
  const std::vector<std::string> reasons = WhyNotFull(env);
  if (reasons.empty()) return;
  // Without a free descriptor /proc cannot be read, which says nothing about the runtime.
  const int unread = TakeProcError();
  if (unread == EMFILE || unread == ENFILE) throw SystemError(env, unread, "fork");
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
  for (const std::string& reason : WhyNotFull(env)) reasons.Set(reasons.Length(), Napi::String::New(env, reason));
  return reasons;
}

Napi::Value ForkFacts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array rows = Napi::Array::New(env);
  for (const Fact& fact : Facts(env)) {
    Napi::Object row = Napi::Object::New(env);
    row.Set("name", fact.name);
    row.Set("fact", fact.fact);
    row.Set("holds", fact.holds == Holds::kUnknown ? env.Null() : Napi::Boolean::New(env, fact.holds == Holds::kYes));
    row.Set("without", fact.without);
    rows.Set(rows.Length(), row);
  }
  return rows;
}

}  // namespace posix_fork
