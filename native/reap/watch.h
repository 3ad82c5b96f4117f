// How does a promise learn that a child has ended, without a thread or a pool slot?
//
// A pidfd becomes readable when its process ends; the caller's own event loop polls it.
#pragma once

#include <napi.h>

namespace posix_fork {

/// waitpid(pid): Promise<{ pid, raw, rusage }>
Napi::Value Waitpid(const Napi::CallbackInfo& info);

}  // namespace posix_fork
