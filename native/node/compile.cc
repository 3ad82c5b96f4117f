#include "node/compile.h"

#include "node/lookup.h"
#include "node/runtime.h"
#include "node/sigint_thread.h"
#include "node/vm_timeouts.h"

namespace posix_fork {

namespace {

// void (*)(v8::Isolate*), both
constexpr char kTerminate[] = "_ZN2v87Isolate18TerminateExecutionEv";
constexpr char kCancel[] = "_ZN2v87Isolate24CancelTerminateExecutionEv";

void (*Terminate())(void* isolate) {
  static const auto terminate = Lookup<void (*)(void* isolate)>(kTerminate);
  return terminate;
}

}  // namespace

Napi::Value Compile(const Napi::CallbackInfo& info) {
  static const auto cancel = Lookup<void (*)(void* isolate)>(kCancel);
  const Napi::Env env = info.Env();
  void* const isolate = LocateRuntime().full() ? LocateMainThread().isolate : nullptr;
  if (isolate == nullptr || Terminate() == nullptr || cancel == nullptr) return Napi::Boolean::New(env, false);
  if (!FindVmTimeouts().empty() || FindSigintThread().wanted) return Napi::Boolean::New(env, false);
  const Napi::Value call = info[0];
  const auto functions = info[1].As<Napi::Array>();
  const napi_value nothing = env.Undefined();
  for (uint32_t i = 0; i < functions.Length(); i++) {
    const Napi::HandleScope scope(env);
    const napi_value function = functions[i];
    napi_value result;
    const napi_status status = napi_call_function(env, nothing, call, 1, &function, &result);
    cancel(isolate);
    // Node-API takes the termination for an exception.
    (void)napi_get_and_clear_last_exception(env, &result);
    // It has run: V8 postpones the termination, as it does while a debugger is told of a break.
    if (status == napi_ok) return Napi::Boolean::New(env, false);
  }
  return Napi::Boolean::New(env, true);
}

Napi::Value TerminateNext(const Napi::CallbackInfo& info) {
  Terminate()(LocateMainThread().isolate);
  return info.Env().Undefined();
}

}  // namespace posix_fork
