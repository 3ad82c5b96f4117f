// Where does the main thread's stack begin, and how much of it is left?
#pragma once

#include <napi.h>

#include <cstdint>

namespace posix_fork {

/// The main thread, at load. Reads /proc/self/maps.
void LocateStack();

/// The address that it grows down from; 0 if that was not to be found. Makes no call.
uintptr_t StackBase();

/// () => bytes that the kernel will still let it grow by, below here; Infinity if it has no limit.
Napi::Value StackLeft(const Napi::CallbackInfo& info);

}  // namespace posix_fork
