// How does the loop call back into JavaScript?
#pragma once

#include <napi.h>

#include <initializer_list>

namespace posix_fork {

/// Calls `callback` with `arguments`, with no JavaScript below it. What it throws is an uncaught exception.
/// `this` is the function: node:domain enters the `domain` of whatever it is, and a REPL has a global of that name.
///
/// @param context - without one no hook of async_hooks hears of the call
inline void CallFromLoop(Napi::Env env, const Napi::FunctionReference& callback,
                         std::initializer_list<napi_value> arguments = {}, napi_async_context context = nullptr) {
  const Napi::HandleScope scope(env);
  try {
    callback.MakeCallback(callback.Value(), arguments, context);
  } catch (const Napi::Error& error) {
    napi_fatal_exception(env, error.Value());
  }
}

}  // namespace posix_fork
