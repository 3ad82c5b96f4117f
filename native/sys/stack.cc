#include "sys/stack.h"

#include <pthread.h>
#include <sys/resource.h>

#include <limits>

namespace posix_fork {

namespace {

uintptr_t g_base = 0;

}  // namespace

void LocateStack() {
  if (g_base != 0) return;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  void* low = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &low, &size);
  pthread_attr_destroy(&attributes);
  g_base = reinterpret_cast<uintptr_t>(low) + size;
}

uintptr_t StackBase() { return g_base; }

Napi::Value StackLeft(const Napi::CallbackInfo& info) {
  rlimit limit;
  double left = std::numeric_limits<double>::infinity();
  if (g_base != 0 && getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    const uintptr_t used = g_base - reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    left = static_cast<double>(limit.rlim_cur) - static_cast<double>(used);
  }
  return Napi::Number::New(info.Env(), left);
}

}  // namespace posix_fork
