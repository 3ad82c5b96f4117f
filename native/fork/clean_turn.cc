#include "fork/clean_turn.h"

#include <uv.h>

#include <memory>

#include "sys/callback.h"
#include "sys/loop.h"

namespace posix_fork {

namespace {

// Owns itself from Start until its handle is closed; the environment's end closes it, too.
class CleanTurn {
 public:
  static void Start(Napi::Env env, Napi::Function callback) {
    auto* turn = new CleanTurn(env, callback);
    uv_idle_init(LoopOf(env), &turn->handle_.idle);
    uv_idle_start(&turn->handle_.idle, [](uv_idle_t* idle) { OnTurn(idle->data); });
    turn->AwaitEnvironmentEnd();
  }

  static void StartAfter(Napi::Env env, int64_t ms, Napi::Function callback) {
    auto* turn = new CleanTurn(env, callback);
    uv_timer_init(LoopOf(env), &turn->handle_.timer);
    uv_unref(turn->Handle());
    uv_update_time(LoopOf(env));  // it is as old as this turn of the loop
    uv_timer_start(
        &turn->handle_.timer, [](uv_timer_t* timer) { OnTurn(timer->data); }, static_cast<uint64_t>(ms), 0);
    turn->AwaitEnvironmentEnd();
  }

 private:
  CleanTurn(Napi::Env env, Napi::Function callback) : env_(env), callback_(Napi::Persistent(callback)) {
    handle_.handle.data = this;
  }

  void AwaitEnvironmentEnd() { napi_add_async_cleanup_hook(env_, OnEnvironmentEnd, this, &cleanup_); }

  uv_handle_t* Handle() { return &handle_.handle; }

  // From the fork that the callback may do, both processes go on from here. The handle is closed before, so neither
  // calls again. Without an async context: the child's hooks of async_hooks would hear of its end.
  static void OnTurn(void* data) {
    auto* turn = static_cast<CleanTurn*>(data);
    turn->Close();
    CallFromLoop(turn->env_, turn->callback_);
  }

  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) { static_cast<CleanTurn*>(data)->Close(); }

  void Close() {
    if (uv_is_closing(Handle())) return;
    uv_close(Handle(), [](uv_handle_t* closed) {
      auto* turn = static_cast<CleanTurn*>(closed->data);
      const Napi::HandleScope scope(turn->env_);
      napi_remove_async_cleanup_hook(turn->cleanup_);
      delete turn;
    });
  }

  Napi::Env env_;
  Napi::FunctionReference callback_;
  uv_any_handle handle_;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
};

}  // namespace

Napi::Value OnCleanTurn(const Napi::CallbackInfo& info) {
  CleanTurn::Start(info.Env(), info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

Napi::Value AfterUnheard(const Napi::CallbackInfo& info) {
  CleanTurn::StartAfter(info.Env(), info[0].As<Napi::Number>().Int64Value(), info[1].As<Napi::Function>());
  return info.Env().Undefined();
}

}  // namespace posix_fork
