// Who is this process, and how does it end? The system calls of one line.
#pragma once

#include <napi.h>

namespace posix_fork {

/// getpid(): number
Napi::Value GetPid(const Napi::CallbackInfo& info);

/// _exit(code): never
Napi::Value ExitNow(const Napi::CallbackInfo& info);

}  // namespace posix_fork
