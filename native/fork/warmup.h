// What can the parent do once that each of its children would do for itself?
#pragma once

#include <napi.h>

namespace posix_fork {

/// warmup(): collects all garbage of the calling thread's isolate, as V8 does when memory is short (several full
/// collections, which compact), and gives what malloc has free back to the system.
Napi::Value Warmup(const Napi::CallbackInfo& info);

}  // namespace posix_fork
