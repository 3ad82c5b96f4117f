// What if a descriptor becomes another file while the loop watches it?
//
// epoll(7) watches the file, not the number: libuv would change a watch that the new file does not have (ENOENT) or
// cannot have (EPERM, for a regular file), and abort().
#pragma once

#include <napi.h>

namespace posix_fork {

/// endWatchers(fd, forget: boolean): boolean. Before `fd` becomes another file: ends reading, polling and listening on
/// it. What a stream has still to write there goes to the new file on the next turn of the loop, or with `forget` (in a
/// process that inherited it) is forgotten. True if the loop has a stream on `fd`.
Napi::Value EndWatchers(const Napi::CallbackInfo& info);

/// writeBacklog(fd): void. Writes what the loop's stream on `fd` has still to write, and waits for it. For a process
/// that ends: the stream itself is not told. Errors (nobody reads any more) end it.
Napi::Value WriteBacklog(const Napi::CallbackInfo& info);

/// writeAll(fd, bytes: Uint8Array): void. The same for bytes that have not come to the loop.
Napi::Value WriteAll(const Napi::CallbackInfo& info);

}  // namespace posix_fork
