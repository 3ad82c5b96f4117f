#include "fork/warmup.h"

#include <dlfcn.h>

#include "node/collect.h"
#include "sys/errors.h"

namespace posix_fork {

Napi::Value Warmup(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!CollectAllGarbage()) {
    throw CodedError(env, "ERR_FORK_UNSUPPORTED_RUNTIME",
                     "warmup() does not work here: the node binary does not export v8::Isolate::LowMemoryNotification");
  }
  // Not in musl.
  static const auto trim = reinterpret_cast<int (*)(size_t)>(dlsym(RTLD_DEFAULT, "malloc_trim"));
  if (trim != nullptr) trim(0);
  return env.Undefined();
}

}  // namespace posix_fork
