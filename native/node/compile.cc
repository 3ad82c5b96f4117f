#include "node/compile.h"

#include "node/lookup.h"
#include "node/sigint_thread.h"
#include "node/vm_timeouts.h"

namespace posix_fork {

namespace {

// void (*)(v8::Isolate*), both
constexpr char kTerminate[] = "_ZN2v87Isolate18TerminateExecutionEv";
constexpr char kCancel[] = "_ZN2v87Isolate24CancelTerminateExecutionEv";

}  // namespace

Napi::Value Compile(const Napi::CallbackInfo& info) {
  static const auto current = Lookup<void* (*)()>(kIsolateGetCurrent);
  static const auto terminate = Lookup<void (*)(void* isolate)>(kTerminate);
  static const auto cancel = Lookup<void (*)(void* isolate)>(kCancel);
  const Napi::Env env = info.Env();
  if (current == nullptr || terminate == nullptr || cancel == nullptr) return Napi::Boolean::New(env, false);
  if (!FindVmTimeouts().empty() || FindSigintThread().wanted) return Napi::Boolean::New(env, false);
  const auto functions = info[0].As<Napi::Array>();
  const napi_value nothing = env.Undefined();
  for (uint32_t i = 0; i < functions.Length(); i++) {
    const Napi::HandleScope scope(env);
    const Napi::Value function = functions[i];
    napi_value result;
    terminate(current());
    (void)napi_call_function(env, nothing, function, 0, nullptr, &result);
    cancel(current());
    // Node-API takes the termination for an exception.
    (void)napi_get_and_clear_last_exception(env, &result);
  }
  return Napi::Boolean::New(env, true);
}

}  // namespace posix_fork
