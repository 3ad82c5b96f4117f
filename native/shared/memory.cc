#include "shared/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "node/shared_buffers.h"
#include "shared/regions.h"
#include "sys/errors.h"
#include "sys/fd.h"

namespace posix_fork {

namespace {

void RequireSharedBuffers(Napi::Env env) {
  const std::string& why_not = WhyNoSharedBuffers(env);
  if (why_not.empty()) return;
  throw CodedError(env, "ERR_FORK_UNSUPPORTED_RUNTIME", "sharedMemory() does not work here: " + why_not);
}

Napi::Value ToBuffer(Napi::Env env, void* memory, size_t size, ReleaseMemory release) {
  if (memory == MAP_FAILED) throw SystemError(env, errno, "mmap");
  napi_value buffer = NewSharedBuffer(memory, size, release, nullptr);
  if (buffer == nullptr) {
    throw CodedError(env, "ERR_FORK_UNSUPPORTED_RUNTIME",
                     "sharedMemory() does not work here: what V8 made is no SharedArrayBuffer over the memory");
  }
  return {env, buffer};
}

void Unmap(void* memory, size_t size, void*) { munmap(memory, size); }

}  // namespace

Napi::Value SharedMemory(const Napi::CallbackInfo& info) {
  const auto size = static_cast<size_t>(info[0].As<Napi::Number>().Int64Value());
  RequireSharedBuffers(info.Env());
  return ToBuffer(info.Env(), MapRegion(size), size, UnmapRegion);
}

Napi::Value SharedFile(const Napi::CallbackInfo& info) {
  const auto size = static_cast<off_t>(info[0].As<Napi::Number>().Int64Value());
  Fd fd(memfd_create("posix-fork", MFD_CLOEXEC));
  if (!fd) throw SystemError(info.Env(), errno, "memfd_create");
  if (ftruncate(fd.get(), size) != 0) throw SystemError(info.Env(), errno, "ftruncate");
  return Napi::Number::New(info.Env(), fd.release());
}

Napi::Value MapFile(const Napi::CallbackInfo& info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  const auto size = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  RequireSharedBuffers(info.Env());
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return ToBuffer(info.Env(), memory, size, Unmap);
}

}  // namespace posix_fork
