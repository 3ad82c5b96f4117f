// Which of the kernel's newer features are here? For `posix-fork doctor`.
#pragma once

#include <napi.h>

namespace posix_fork {

/// kernelSupport(): { pidfd: boolean, pidfdGetInfo: boolean }
Napi::Value KernelSupport(const Napi::CallbackInfo& info);

}  // namespace posix_fork
