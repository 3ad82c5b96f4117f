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

/// sharedFile(size): number. Memory without a name, for processes that were not forked from this one: a descriptor of
/// it, close-on-exec, for mapFile().
Napi::Value SharedFile(const Napi::CallbackInfo& info);

/// mapFile(fd, size): SharedArrayBuffer. What sharedFile() has made, here or in another process. For Atomics alone: the
/// locks and the waits of sharedMemory() have no place beside it.
Napi::Value MapFile(const Napi::CallbackInfo& info);

}  // namespace posix_fork
