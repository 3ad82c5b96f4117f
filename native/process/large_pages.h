// How does JavaScript ask for large pages? useLargePages().
#pragma once

#include <napi.h>

namespace posix_fork {

/// largePages(use: boolean): [inUse: boolean, bytes: number, reasons: string[]]. Tries it if `use`.
Napi::Value LargePages(const Napi::CallbackInfo& info);

}  // namespace posix_fork
