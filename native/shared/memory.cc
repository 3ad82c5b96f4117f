#include "shared/memory.h"

#include <sys/mman.h>

#include <cerrno>

#include "node/shared_buffers.h"
#include "shared/regions.h"
#include "sys/errors.h"

namespace posix_fork {

Napi::Value SharedMemory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto size = static_cast<size_t>(info[0].As<Napi::Number>().Int64Value());
  const std::string& why_not = WhyNoSharedBuffers(env);
  if (!why_not.empty()) {
    throw CodedError(env, "ERR_FORK_UNSUPPORTED_RUNTIME", "sharedMemory() does not work here: " + why_not);
  }
  void* memory = MapRegion(size);
  if (memory == MAP_FAILED) throw SystemError(env, errno, "mmap");
  napi_value buffer = NewSharedBuffer(memory, size, UnmapRegion, nullptr);
  if (buffer == nullptr) {
    throw CodedError(env, "ERR_FORK_UNSUPPORTED_RUNTIME",
                     "sharedMemory() does not work here: what V8 made is no SharedArrayBuffer over the memory");
  }
  return {env, buffer};
}

}  // namespace posix_fork
