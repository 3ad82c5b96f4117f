// Which memory is one and the same in this process and in all that are forked from it?
//
// What is mapped MAP_SHARED | MAP_ANONYMOUS. V8 has it as a SharedArrayBuffer, whose backing store a fork copies with
// the rest of the heap: both then are about the same pages. It has no name, so nothing is left when the last process is
// gone.
#pragma once

#include <napi.h>

namespace posix_fork {

/// sharedMemory(byteLength): SharedArrayBuffer
Napi::Value SharedMemory(const Napi::CallbackInfo& info);

}  // namespace posix_fork
