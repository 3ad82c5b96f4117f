#include "fork/warmup.h"

#include <dlfcn.h>

#include <string>

#include "node/collect.h"
#include "sys/errors.h"

namespace posix_fork {

Napi::Value Warmup(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!CollectAllGarbage()) {
    throw CodedError(env, "ERR_FORK_UNSUPPORTED_RUNTIME",
                     std::string("warmup() does not work here: the node binary does not export ") + CollectFact().name);
  }
  // Not in musl.
  static const auto trim = reinterpret_cast<int (*)(size_t)>(dlsym(RTLD_DEFAULT, "malloc_trim"));
  if (trim != nullptr) trim(0);
  return env.Undefined();
}

}  // namespace posix_fork
