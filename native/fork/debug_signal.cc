#include "fork/debug_signal.h"

#include <signal.h>
#include <uv.h>

#include "sys/callback.h"
#include "sys/errors.h"
#include "sys/loop.h"

namespace posix_fork {

namespace {

// Lives as long as the environment of the main thread, which closes it.
struct DebugSignal {
  DebugSignal(Napi::Env environment, Napi::Function function)
      : env(environment), callback(Napi::Persistent(function)) {}

  Napi::Env env;
  Napi::FunctionReference callback;
  uv_signal_t handle = {};
  napi_async_cleanup_hook_handle cleanup = nullptr;
};

bool g_installed = false;

// Without an async context: the program's hooks of async_hooks are not to hear of it.
void OnSignal(uv_signal_t* handle, int /*signo*/) {
  auto* self = static_cast<DebugSignal*>(handle->data);
  CallFromLoop(self->env, self->callback);
}

void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
  uv_close(reinterpret_cast<uv_handle_t*>(&static_cast<DebugSignal*>(data)->handle), [](uv_handle_t* closed) {
    auto* self = static_cast<DebugSignal*>(closed->data);
    const Napi::HandleScope scope(self->env);
    napi_remove_async_cleanup_hook(self->cleanup);
    delete self;
  });
}

bool WakesNodesThread() {
  struct sigaction action;
  if (sigaction(SIGUSR1, nullptr, &action) != 0) return false;
  return (action.sa_flags & SA_SIGINFO) != 0 || (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

}  // namespace

Napi::Value OnDebugSignal(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (g_installed || !WakesNodesThread()) return env.Undefined();
  auto* self = new DebugSignal(env, info[0].As<Napi::Function>());
  self->handle.data = self;
  uv_signal_init(LoopOf(env), &self->handle);
  uv_unref(reinterpret_cast<uv_handle_t*>(&self->handle));
  napi_add_async_cleanup_hook(env, OnEnvironmentEnd, self, &self->cleanup);
  if (const int error = uv_signal_start(&self->handle, OnSignal, SIGUSR1)) throw SystemError(env, -error, "sigaction");
  g_installed = true;
  return env.Undefined();
}

}  // namespace posix_fork
