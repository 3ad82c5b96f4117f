// How does JavaScript see the census?
#pragma once

#include <napi.h>

namespace posix_fork {

/// threads(): { threads: { tid, name, kind, unnamed, profiler, parked, syscall, covered }[], operations }
Napi::Value Threads(const Napi::CallbackInfo& info);

/// uncoveredThreads(): the same for what fork() does not cover, or null if there is nothing
Napi::Value UncoveredThreads(const Napi::CallbackInfo& info);

}  // namespace posix_fork
