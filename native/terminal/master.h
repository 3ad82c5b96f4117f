// How is a terminal's master read and written? No stream of Node's takes it: of its last output libuv's own drops what
// one read did not get.
#pragma once

#include <napi.h>

namespace posix_fork {

/// readNow(fd, bytes): how many came; 0: the end (EIO of a master too); -1: nothing is there.
Napi::Value ReadNow(const Napi::CallbackInfo& info);
/// writeNow(fd, bytes, offset): how many went; -1: there is no room.
Napi::Value WriteNow(const Napi::CallbackInfo& info);

}  // namespace posix_fork
