#include "reap/watch.h"

#include <uv.h>

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

#include "reap/any_waits.h"
#include "reap/child_signal.h"
#include "reap/child_waits.h"
#include "reap/last_wait.h"
#include "reap/table.h"
#include "reap/wait.h"
#include "reap/wait_handles.h"
#include "sys/errors.h"
#include "sys/loop.h"

namespace posix_fork {

namespace {

// The lower bits of a token are the listener's own number of the wait.
constexpr int kOwnBits = 32;

// Whom the waits of one copy of the package tell. Held while one of them is pending: a test runner loads a copy for
// each file, and collects it.
struct Listener {
  Napi::FunctionReference settle;
  std::unique_ptr<Napi::AsyncContext> context;
};

// The pending waits of one environment, which has one event loop and one thread.
class Waits {
 public:
  static Waits& Of(Napi::Env env) {
    for (Waits* each = first_; each != nullptr; each = each->next_) {
      if (each->env_ == env && !each->ended_) return *each;
    }
    return *new Waits(env);  // deletes itself when the environment has ended
  }

  // Child only; see ForgetWaitsInChild.
  static void ForgetAllInChild() {
    for (Waits* each = first_; each != nullptr; each = each->next_) each->Forget(true);
  }

  WaitToken Listen(Napi::Function settle) {
    listeners_.push_back({Napi::Weak(settle), std::make_unique<Napi::AsyncContext>(env_, "posix-fork.waitpid")});
    return static_cast<WaitToken>(listeners_.size() - 1) << kOwnBits;
  }

  Outcome Start(const ReapTable::ChildRef& child, int flags, WaitToken token) {
    const Outcome outcome = of_child_.Start(child, flags, token);
    if (IsPending(token)) ListenerOf(token).settle.Ref();
    Tidy();
    return outcome;
  }

  Outcome StartAny(pid_t selector, int flags, WaitToken token) {
    Outcome outcome;
    if (const int error = of_any_.Start(selector, flags, token, &outcome)) throw SystemError(env_, -error, "waitpid");
    if (IsPending(token)) ListenerOf(token).settle.Ref();
    Tidy();
    return outcome;
  }

  // A wait that holds nothing up: the loop ends though it is pending.
  void Ref(WaitToken token, bool on) {
    if (!IsPending(token)) return;
    if (on) {
      unreferenced_.erase(token);
    } else {
      unreferenced_.insert(token);
    }
    Tidy();
  }

  // Its child ends with this environment, if that ends first.
  void EndWithThread(WaitToken token) {
    if (IsPending(token)) ends_with_thread_.insert(token);
  }

  Outcome Cancel(WaitToken token) {
    if (IsPending(token)) ListenerOf(token).settle.Unref();
    const Outcome outcome = of_any_.Cancel(token);
    of_child_.Cancel(token);
    Tidy();
    return outcome;
  }

 private:
  explicit Waits(Napi::Env env) : env_(env), next_(first_), handles_(LoopOf(env), [this] { FinishIfEnded(); }) {
    NAPI_THROW_IF_FAILED_VOID(env_, napi_add_async_cleanup_hook(env, OnEnvironmentEnd, this, &cleanup_));
    first_ = this;
  }

  ~Waits() {
    Waits** link = &first_;
    while (*link != this) link = &(*link)->next_;
    *link = next_;
  }

  bool IsPending(WaitToken token) const { return of_child_.Has(token) || of_any_.Has(token); }
  Listener& ListenerOf(WaitToken token) { return listeners_[static_cast<size_t>(token >> kOwnBits)]; }

  // Asks for everything that no descriptor of its own tells.
  void Look() {
    Settle([this](Settlements* settlements) {
      of_child_.Look(settlements);
      of_any_.Look(settlements);
    });
  }

  void Settle(const std::function<void(Settlements*)>& look) {
    Settlements settlements;
    look(&settlements);
    Tidy();
    Deliver(settlements);
  }

  // The last thing that a callback does. One callback scope for all of a listener's: what the promises' continuations
  // do comes after the last of them is settled.
  void Deliver(const Settlements& settlements) {
    if (settlements.empty()) return;
    const Napi::HandleScope scope(env_);
    try {
      // What they are told may end the environment, or fork: so all is made before the first hears of it.
      const std::vector<Call> calls = CallsOf(settlements);
      const uint64_t forks = forks_;
      for (const Call& call : calls) {
        if (forks_ != forks) break;  // a child, in which the next one's waits are the parent's
        Tell(call);
      }
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env_, error.Value());
    }
  }

  struct Call {
    Napi::Function settle;
    napi_async_context context;
    Napi::Array list;
  };

  // Of each listener that one of them concerns, in the order in which these came.
  std::vector<Call> CallsOf(const Settlements& settlements) {
    std::vector<Call> calls;
    std::vector<size_t> places(listeners_.size(), SIZE_MAX);
    for (const Settlement& settlement : settlements) {
      const OutcomeValue value = OutcomeToValue(env_, settlement.outcome);
      for (const WaitToken token : settlement.tokens) {
        Listener& listener = ListenerOf(token);
        size_t& place = places[static_cast<size_t>(token >> kOwnBits)];
        if (place == SIZE_MAX) {
          place = calls.size();
          calls.push_back({listener.settle.Value(), *listener.context, Napi::Array::New(env_)});
        }
        listener.settle.Unref();
        Napi::Array entry = Napi::Array::New(env_);
        entry.Set(0U, Napi::Number::New(env_, static_cast<double>(token)));
        entry.Set(1U, value.error);
        entry.Set(2U, value.status);
        Napi::Array list = calls[place].list;
        list.Set(list.Length(), entry);
      }
    }
    return calls;
  }

  // What it throws is either that the thread is being ended, and there is nobody to tell any more; or a bug, and must
  // be heard of.
  void Tell(const Call& call) {
    try {
      call.settle.MakeCallback(call.settle, {call.list}, call.context);
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env_, error.Value());
    }
  }

  // Nothing stays that nobody waits for.
  void Tidy() {
    of_any_.Tidy();
    if (!of_child_.needs_signal() && !of_any_.needs_signal()) signal_.Stop();
    for (auto* tokens : {&unreferenced_, &ends_with_thread_}) {
      for (auto token = tokens->begin(); token != tokens->end();) {
        token = IsPending(*token) ? std::next(token) : tokens->erase(token);
      }
    }
    // As long as one wait holds the loop, all may: what each of them watches makes no difference then.
    handles_.HoldLoop(of_child_.size() + of_any_.size() > unreferenced_.size());
  }

  void Forget(bool in_child) {
    if (in_child) forks_++;
    of_any_.Forget(in_child);
    of_child_.Forget(in_child);
    Tidy();
  }

  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
    auto* waits = static_cast<Waits*>(data);
    waits->ended_ = true;
    std::vector<ReapTable::ChildRef> last;
    for (const WaitToken token : waits->ends_with_thread_) last.push_back(waits->of_child_.ChildOf(token));
    waits->Forget(false);
    waits->last_wait_.Begin(std::move(last));
    waits->listeners_.clear();
    waits->FinishIfEnded();
  }

  void FinishIfEnded() {
    if (!ended_ || !last_wait_.IsOver() || !handles_.all_closed()) return;
    napi_remove_async_cleanup_hook(cleanup_);
    delete this;
  }

  // Of this thread. Pointers without a destructor, because the thread's end may come before its environment's.
  static thread_local Waits* first_;

  napi_env env_;
  Waits* next_;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  std::vector<Listener> listeners_;  // by number
  uint64_t forks_ = 0;               // how many lie between this process and the one that had the first waits
  bool ended_ = false;

  WaitHandles handles_;
  ChildSignal signal_{handles_, [this] { Look(); }};
  ChildWaits of_child_{handles_, signal_, [this](const auto& look) { Settle(look); }};
  AnyWaits of_any_{handles_, signal_, [this] { Look(); }};
  LastWait last_wait_{handles_};
  std::unordered_set<WaitToken> unreferenced_;  // tokens of those that do not hold the loop
  std::unordered_set<WaitToken> ends_with_thread_;
};

thread_local Waits* Waits::first_ = nullptr;

}  // namespace

Napi::Value OnWaited(const Napi::CallbackInfo& info) {
  const WaitToken first = Waits::Of(info.Env()).Listen(info[0].As<Napi::Function>());
  return Napi::Number::New(info.Env(), static_cast<double>(first));
}

Napi::Value Waitpid(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const pid_t pid = info[0].As<Napi::Number>().Int32Value();
  const int flags = info[1].As<Napi::Number>().Int32Value();
  const WaitToken token = info[2].As<Napi::Number>().Int64Value();
  Waits& waits = Waits::Of(env);
  const Outcome outcome =
      pid > 0 ? waits.Start(RequireOurs(env, pid), flags, token) : waits.StartAny(pid, flags, token);
  const OutcomeValue value = OutcomeToValue(env, outcome);
  if (!value.error.IsNull()) throw Napi::Error(env, value.error);
  return value.status;
}

Napi::Value RefWait(const Napi::CallbackInfo& info) {
  const WaitToken token = info[0].As<Napi::Number>().Int64Value();
  Waits::Of(info.Env()).Ref(token, info[1].As<Napi::Boolean>().Value());
  return info.Env().Undefined();
}

Napi::Value EndWithThread(const Napi::CallbackInfo& info) {
  Waits::Of(info.Env()).EndWithThread(info[0].As<Napi::Number>().Int64Value());
  return info.Env().Undefined();
}

Napi::Value CancelWait(const Napi::CallbackInfo& info) {
  return OutcomeToValue(info.Env(), Waits::Of(info.Env()).Cancel(info[0].As<Napi::Number>().Int64Value())).status;
}

void ForgetWaitsInChild() {
  Waits::ForgetAllInChild();
  ReapTable::Get().CloseInheritedInChild();
}

}  // namespace posix_fork
