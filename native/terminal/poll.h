// When can this descriptor be read or written? On the caller's own event loop, for what no stream of Node's takes: a
// terminal's master, of whose last output libuv's own stream drops what one read did not get.
#pragma once

#include <napi.h>

namespace posix_fork {

/// pollOpen(fd, callback): id. The callback is called with no arguments when what is polled for is there. Nothing is
/// polled for yet.
Napi::Value PollOpen(const Napi::CallbackInfo& info);
/// pollSet(id, readable, writable, ref): what is polled for, and whether that holds the loop.
Napi::Value PollSet(const Napi::CallbackInfo& info);
/// pollClose(id): before its descriptor is closed.
Napi::Value PollClose(const Napi::CallbackInfo& info);
/// readNow(fd, bytes): how many came; 0: the end (EIO of a master too); -1: nothing is there.
Napi::Value ReadNow(const Napi::CallbackInfo& info);
/// writeNow(fd, bytes, offset): how many went; -1: there is no room.
Napi::Value WriteNow(const Napi::CallbackInfo& info);

}  // namespace posix_fork
