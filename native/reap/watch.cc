#include "reap/watch.h"

#include <signal.h>
#include <sys/wait.h>
#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "reap/table.h"
#include "reap/wait.h"
#include "sys/errors.h"

namespace posix_fork {

namespace {

class Waits;

// A libuv handle that frees itself once libuv is through with it.
template <typename T>
struct Handle : T {
  Waits* owner;
};

struct Waiter {
  uint32_t token;
  int flags;
  uint64_t since;
};

// All that wait for one child on this thread.
struct Watch {
  ReapTable::ChildRef child;
  ReapTable::PidfdRef pidfd;  // open for as long as it is polled, whoever reaps the child
  Handle<uv_poll_t>* poll = nullptr;
  std::vector<Waiter> waiters;
};

struct AnyWaiter {
  uint32_t token;
  ReapTable::AnyWait any;
};

// Whom to tell what. Collected first and delivered last: what is told may fork, or end the environment.
struct Settlement {
  std::vector<uint32_t> tokens;
  Outcome outcome;
};
using Settlements = std::vector<Settlement>;

// The pending waits of one environment, which has one event loop and one thread.
class Waits {
 public:
  static Waits& Of(napi_env env) {
    for (Waits* each = first_; each != nullptr; each = each->next_) {
      if (each->env_ == env && !each->ended_) return *each;
    }
    return *new Waits(env);  // deletes itself when the environment has ended
  }

  static void ForgetAllInChild() {
    for (Waits* each = first_; each != nullptr; each = each->next_) each->Drop(true);
  }

  void SetSettle(Napi::Function settle) {
    settle_ = Napi::Persistent(settle);
    context_ = std::make_unique<Napi::AsyncContext>(env_, "posix-fork.waitpid");
  }

  Outcome Start(const ReapTable::ChildRef& child, int flags, uint32_t token) {
    // A change that comes from here on is ours to tell; one that somebody was told of before is not.
    const uint64_t since = table_.changes();
    const bool changes = (flags & (WUNTRACED | WCONTINUED)) != 0;
    // Before the first look, so that no SIGCHLD is missed after it.
    if (changes) StartSignal();
    Outcome outcome = table_.TryWait(child, flags, since);
    if (outcome.kind == Outcome::Kind::kNone) {
      Watch& watch = WatchOf(child);
      watch.waiters.push_back({token, flags, since});
      tokens_.emplace(token, &watch);
      if (watch.poll == nullptr && !outcome.try_again) StartPoll(&watch);
      if (watch.poll == nullptr || changes) WatchBySignal(&watch);
      // Without a pidfd the child may have ended between the look and the start of uv_signal: the timer sees to it.
    }
    Tidy();
    return outcome;
  }

  Outcome StartAny(pid_t selector, int flags, uint32_t token) {
    auto waiter = std::make_unique<AnyWaiter>();
    waiter->token = token;
    if (!any_wake_) StartAnySources();
    waiter->any.wake = [wake = any_wake_] { uv_async_send(wake); };
    if (flags != 0) StartSignal();
    table_.AddAny(&waiter->any, selector, flags);
    ServeAny();
    Outcome outcome;
    if (!table_.TakeAny(&waiter->any, &outcome)) {
      StartAnyPoll();
      anys_.emplace(token, std::move(waiter));
    }
    Tidy();
    return outcome;
  }

  // A wait that holds nothing up: the loop ends though it is pending.
  void Ref(uint32_t token, bool on) {
    if (tokens_.count(token) == 0 && anys_.count(token) == 0) return;
    if (on) {
      unreferenced_.erase(token);
    } else {
      unreferenced_.insert(token);
    }
    Tidy();
  }

  // What the wait has come to all the same: a child may have been reaped for it in this moment, and nobody else would
  // be told.
  Outcome Cancel(uint32_t token) {
    Outcome outcome;
    const auto any = anys_.find(token);
    if (any != anys_.end()) {
      if (table_.RemoveAny(&any->second->any)) outcome = any->second->any.outcome;
      anys_.erase(any);
    }
    const auto found = tokens_.find(token);
    if (found != tokens_.end()) {
      Watch* watch = found->second;
      tokens_.erase(found);
      auto& waiters = watch->waiters;
      waiters.erase(std::remove_if(waiters.begin(), waiters.end(),
                                   [token](const Waiter& waiter) { return waiter.token == token; }),
                    waiters.end());
      if (waiters.empty()) EndWatch(watch);
    }
    Tidy();
    return outcome;
  }

 private:
  explicit Waits(napi_env env) : env_(env), next_(first_) {
    NAPI_THROW_IF_FAILED_VOID(env_, napi_get_uv_event_loop(env, &loop_));
    NAPI_THROW_IF_FAILED_VOID(env_, napi_add_async_cleanup_hook(env, OnEnvironmentEnd, this, &cleanup_));
    first_ = this;
  }

  ~Waits() {
    Waits** link = &first_;
    while (*link != this) link = &(*link)->next_;
    *link = next_;
  }

  // --- what is watched ---

  Watch& WatchOf(const ReapTable::ChildRef& child) {
    std::unique_ptr<Watch>& watch = watches_[child.get()];
    if (!watch) {
      watch = std::make_unique<Watch>();
      watch->child = child;
    }
    return *watch;
  }

  void StartPoll(Watch* watch) {
    watch->pidfd = table_.PidfdOf(watch->child);
    if (!watch->pidfd) return;
    watch->poll = StartPollOf(
        watch->pidfd->get(), [](uv_poll_t* poll, int, int) { Own(poll)->OnReadable(static_cast<Watch*>(poll->data)); });
    if (watch->poll != nullptr) watch->poll->data = watch;
  }

  Handle<uv_poll_t>* StartPollOf(int fd, uv_poll_cb callback) {
    auto poll = std::make_unique<Handle<uv_poll_t>>();
    poll->owner = this;
    if (uv_poll_init(loop_, poll.get(), fd) != 0) return nullptr;
    Handle<uv_poll_t>* started = poll.release();
    if (uv_poll_start(started, UV_READABLE, callback) == 0) return started;
    Close(&started);
    return nullptr;
  }

  // From now on the child is asked after each SIGCHLD, and by a timer: a signal does not come for everything (SIGCHLD
  // may be ignored, and a child that a debugger gives up may have been announced before).
  void WatchBySignal(Watch* watch) {
    by_signal_.insert(watch);
    StartTimer();
  }

  void StartTimer() {
    StartSignal();
    interval_ = 1;
    uv_timer_start(
        timer_, [](uv_timer_t* timer) { Own(timer)->OnTimer(); }, interval_, 0);
  }

  void StartSignal() {
    if (timer_ == nullptr) {
      timer_ = NewHandle<uv_timer_t>();
      uv_timer_init(loop_, timer_);
    }
    if (signal_ != nullptr) return;
    signal_ = NewHandle<uv_signal_t>();
    uv_signal_init(loop_, signal_);
    uv_signal_start(
        signal_, [](uv_signal_t* signal, int) { Own(signal)->Look(); }, SIGCHLD);
  }

  void StartAnySources() {
    any_wake_ = NewHandle<uv_async_t>();
    const int error = uv_async_init(loop_, any_wake_, [](uv_async_t* wake) { Own(wake)->Look(); });
    if (error == 0) return;
    delete any_wake_;
    any_wake_ = nullptr;
    throw SystemError(env_, -error, "waitpid");
  }

  void StartAnyPoll() {
    if (any_poll_ != nullptr || table_.ready_fd() < 0) return;
    any_poll_ = StartPollOf(table_.ready_fd(), [](uv_poll_t* poll, int, int) { Own(poll)->Look(); });
    if (any_poll_ == nullptr) any_by_signal_ = true;
  }

  void ServeAny() {
    if (!table_.ServeAny()) return;
    any_by_signal_ = true;
    if (timer_ == nullptr || !uv_is_active(reinterpret_cast<uv_handle_t*>(timer_))) StartTimer();
  }

  // --- what comes ---

  void OnReadable(Watch* watch) {
    Settlements settlements;
    if (TryWaitAndSettle(watch, &settlements)) {
      // Readable and yet nothing to be had; it would be readable for ever.
      Close(&watch->poll);
      WatchBySignal(watch);
    }
    Tidy();
    Deliver(settlements);
  }

  void OnTimer() {
    // Slowly at last: what a signal announces does not wait for it.
    constexpr uint64_t kSlowest = 250;
    interval_ = std::min(interval_ * 2, kSlowest);
    uv_timer_start(
        timer_, [](uv_timer_t* timer) { Own(timer)->OnTimer(); }, interval_, 0);
    Look();
  }

  // Asks for everything that no descriptor of its own tells.
  void Look() {
    Settlements settlements;
    const std::vector<Watch*> watched(by_signal_.begin(), by_signal_.end());
    for (Watch* watch : watched) TryWaitAndSettle(watch, &settlements);
    if (!anys_.empty()) {
      any_by_signal_ = false;
      ServeAny();
      TakeAnys(&settlements);
    }
    Tidy();
    Deliver(settlements);
  }

  // True if the kernel will not give the child up yet.
  bool TryWaitAndSettle(Watch* watch, Settlements* settlements) {
    const Outcome end = table_.TryWait(watch->child, 0, 0);
    if (end.kind != Outcome::Kind::kNone) {
      Settlement settlement;
      settlement.outcome = end;
      for (const Waiter& waiter : watch->waiters) {
        settlement.tokens.push_back(waiter.token);
        tokens_.erase(waiter.token);
      }
      settlements->push_back(std::move(settlement));
      EndWatch(watch);
      return false;
    }
    std::vector<Waiter> left;
    for (const Waiter& waiter : watch->waiters) {
      Outcome change;
      if (waiter.flags != 0) change = table_.TryWait(watch->child, waiter.flags, waiter.since);
      if (change.kind == Outcome::Kind::kNone) {
        left.push_back(waiter);
      } else {
        tokens_.erase(waiter.token);
        settlements->push_back({{waiter.token}, change});
      }
    }
    watch->waiters = std::move(left);
    if (watch->waiters.empty()) {
      EndWatch(watch);
      return false;
    }
    return end.try_again;
  }

  void TakeAnys(Settlements* settlements) {
    for (auto any = anys_.begin(); any != anys_.end();) {
      Outcome outcome;
      if (table_.TakeAny(&any->second->any, &outcome)) {
        settlements->push_back({{any->first}, outcome});
        any = anys_.erase(any);
      } else {
        any++;
      }
    }
  }

  // The last thing that a callback does. One callback scope for all: what the promises' continuations do comes after
  // the last of them is settled.
  void Deliver(const Settlements& settlements) {
    if (settlements.empty()) return;
    const Napi::HandleScope scope(env_);
    try {
      Napi::Array list = Napi::Array::New(env_);
      for (const Settlement& settlement : settlements) {
        Napi::Array tokens = Napi::Array::New(env_);
        for (const uint32_t token : settlement.tokens) tokens.Set(tokens.Length(), Napi::Number::New(env_, token));
        const OutcomeValue value = OutcomeToValue(env_, settlement.outcome);
        Napi::Array entry = Napi::Array::New(env_);
        entry.Set(0U, tokens);
        entry.Set(1U, value.error);
        entry.Set(2U, value.status);
        list.Set(list.Length(), entry);
      }
      settle_.MakeCallback(Napi::Env(env_).Global(), {list}, *context_);
    } catch (const Napi::Error& error) {
      // Either the thread is being ended, and there is nobody to tell any more; or it is a bug, and must be heard of.
      napi_fatal_exception(env_, error.Value());
    }
  }

  // --- what is left ---

  void EndWatch(Watch* watch) {
    Close(&watch->poll);
    by_signal_.erase(watch);
    watches_.erase(watch->child.get());
  }

  // Nothing stays that nobody waits for.
  void Tidy() {
    if (anys_.empty()) {
      any_by_signal_ = false;
      Close(&any_poll_);
      Close(&any_wake_);
    }
    if (by_signal_.empty() && !any_by_signal_) {
      Close(&signal_);
      Close(&timer_);
    }
    HoldLoop();
  }

  // As long as one wait holds the loop, all may: what each of them watches makes no difference then.
  void HoldLoop() {
    for (auto token = unreferenced_.begin(); token != unreferenced_.end();) {
      const bool pending = tokens_.count(*token) > 0 || anys_.count(*token) > 0;
      token = pending ? std::next(token) : unreferenced_.erase(token);
    }
    const bool holds = tokens_.size() + anys_.size() > unreferenced_.size();
    if (holds && holds_) return;
    holds_ = holds;
    for (auto& entry : watches_) Hold(entry.second->poll);
    Hold(signal_);
    Hold(timer_);
    Hold(any_poll_);
    Hold(any_wake_);
  }

  template <typename T>
  void Hold(Handle<T>* handle) {
    if (handle == nullptr) return;
    auto* plain = reinterpret_cast<uv_handle_t*>(static_cast<T*>(handle));
    if (holds_) {
      uv_ref(plain);
    } else {
      uv_unref(plain);
    }
  }

  void Drop(bool in_child) {
    if (!in_child) {
      for (auto& any : anys_) table_.RemoveAny(&any.second->any);
    }
    anys_.clear();
    by_signal_.clear();
    tokens_.clear();
    for (auto& entry : watches_) {
      Watch& watch = *entry.second;
      Close(&watch.poll);
      if (in_child && watch.pidfd) *watch.pidfd = Fd();
    }
    watches_.clear();
    Tidy();
  }

  template <typename T>
  Handle<T>* NewHandle() {
    auto* handle = new Handle<T>();
    handle->owner = this;
    return handle;
  }

  template <typename T>
  static Waits* Own(T* handle) {
    return static_cast<Handle<T>*>(handle)->owner;
  }

  template <typename T>
  void Close(Handle<T>** handle) {
    if (*handle == nullptr) return;
    closing_++;
    uv_close(reinterpret_cast<uv_handle_t*>(static_cast<T*>(*handle)), [](uv_handle_t* closed) {
      auto* own = static_cast<Handle<T>*>(reinterpret_cast<T*>(closed));
      Waits* owner = own->owner;
      delete own;
      owner->closing_--;
      owner->FinishIfEnded();
    });
    *handle = nullptr;
  }

  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
    auto* waits = static_cast<Waits*>(data);
    waits->ended_ = true;
    waits->Drop(false);
    waits->settle_.Reset();
    waits->context_.reset();
    waits->FinishIfEnded();
  }

  void FinishIfEnded() {
    if (!ended_ || closing_ > 0) return;
    napi_remove_async_cleanup_hook(cleanup_);
    delete this;
  }

  // Of this thread. Pointers without a destructor, because the thread's end may come before its environment's.
  static thread_local Waits* first_;

  napi_env env_;
  Waits* next_;
  ReapTable& table_ = ReapTable::Get();
  uv_loop_t* loop_ = nullptr;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  Napi::FunctionReference settle_;
  std::unique_ptr<Napi::AsyncContext> context_;

  std::unordered_map<const ReapTable::Child*, std::unique_ptr<Watch>> watches_;
  std::unordered_map<uint32_t, Watch*> tokens_;
  std::unordered_map<uint32_t, std::unique_ptr<AnyWaiter>> anys_;

  std::unordered_set<Watch*>
      by_signal_;               // those whose child is to be asked for, because no descriptor tells everything
  bool any_by_signal_ = false;  // the same of anys_
  Handle<uv_signal_t>* signal_ = nullptr;
  Handle<uv_timer_t>* timer_ = nullptr;
  uint64_t interval_ = 1;
  Handle<uv_poll_t>* any_poll_ = nullptr;
  Handle<uv_async_t>* any_wake_ = nullptr;

  std::unordered_set<uint32_t> unreferenced_;  // tokens of those that do not hold the loop
  bool holds_ = true;                          // whether any does

  size_t closing_ = 0;  // handles that libuv is not through with
  bool ended_ = false;
};

thread_local Waits* Waits::first_ = nullptr;

}  // namespace

Napi::Value OnWaited(const Napi::CallbackInfo& info) {
  Waits::Of(info.Env()).SetSettle(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

Napi::Value Waitpid(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const pid_t pid = info[0].As<Napi::Number>().Int32Value();
  const int flags = info[1].As<Napi::Number>().Int32Value();
  const uint32_t token = info[2].As<Napi::Number>().Uint32Value();
  Waits& waits = Waits::Of(env);
  const Outcome outcome =
      pid > 0 ? waits.Start(RequireOurs(env, pid), flags, token) : waits.StartAny(pid, flags, token);
  const OutcomeValue value = OutcomeToValue(env, outcome);
  if (!value.error.IsNull()) throw Napi::Error(env, value.error);
  return value.status;
}

Napi::Value RefWait(const Napi::CallbackInfo& info) {
  const uint32_t token = info[0].As<Napi::Number>().Uint32Value();
  Waits::Of(info.Env()).Ref(token, info[1].As<Napi::Boolean>().Value());
  return info.Env().Undefined();
}

Napi::Value CancelWait(const Napi::CallbackInfo& info) {
  return OutcomeToValue(info.Env(), Waits::Of(info.Env()).Cancel(info[0].As<Napi::Number>().Uint32Value())).status;
}

void ForgetWaitsInChild() {
  Waits::ForgetAllInChild();
  ReapTable::Get().CloseInheritedInChild();
}

}  // namespace posix_fork
