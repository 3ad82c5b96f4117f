// How does this process become another program?
#pragma once

#include <napi.h>

namespace posix_fork {

/// execve(path, argv, envp): never. Throws if the kernel refuses; then everything is as before.
Napi::Value Execve(const Napi::CallbackInfo& info);

}  // namespace posix_fork
