#include "fork/clean_turn.h"

#include <uv.h>

#include <memory>

#include "sys/loop.h"

namespace posix_fork {

namespace {

// Owns itself from Start until its handle is closed; the environment's end closes it, too.
class CleanTurn {
 public:
  static void Start(Napi::Env env, Napi::Function callback) {
    uv_loop_t* loop = LoopOf(env);
    auto* turn = new CleanTurn(env, callback);
    uv_idle_init(loop, &turn->idle_);
    uv_idle_start(&turn->idle_, OnIdle);
    napi_add_async_cleanup_hook(env, OnEnvironmentEnd, turn, &turn->cleanup_);
  }

 private:
  CleanTurn(Napi::Env env, Napi::Function callback) : env_(env), callback_(Napi::Persistent(callback)) {
    idle_.data = this;
  }

  // From the fork that the callback may do, both processes go on from here. The handle is closed before, so neither
  // calls again. Without an async context: the child's hooks of async_hooks would hear of its end.
  static void OnIdle(uv_idle_t* idle) {
    auto* turn = static_cast<CleanTurn*>(idle->data);
    const Napi::Env env = turn->env_;
    const Napi::HandleScope scope(env);
    const Napi::Function callback = turn->callback_.Value();
    turn->Close();
    try {
      callback.MakeCallback(env.Global(), std::initializer_list<napi_value>{});
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env, error.Value());
    }
  }

  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) { static_cast<CleanTurn*>(data)->Close(); }

  void Close() {
    auto* handle = reinterpret_cast<uv_handle_t*>(&idle_);
    if (uv_is_closing(handle)) return;
    uv_close(handle, [](uv_handle_t* closed) {
      auto* turn = static_cast<CleanTurn*>(closed->data);
      const Napi::HandleScope scope(turn->env_);
      napi_remove_async_cleanup_hook(turn->cleanup_);
      delete turn;
    });
  }

  Napi::Env env_;
  Napi::FunctionReference callback_;
  uv_idle_t idle_;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
};

}  // namespace

Napi::Value OnCleanTurn(const Napi::CallbackInfo& info) {
  CleanTurn::Start(info.Env(), info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

}  // namespace posix_fork
