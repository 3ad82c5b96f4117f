// How does the loop tell that a descriptor of ours can be read or written? By a uv_poll_t, which in a child of a later
// fork() is severed as everybody's (fork/sever.h).
#pragma once

#include <napi.h>

namespace posix_fork {

/// watchFd(fd, type: string, callback: (hungUp: boolean) => void): a watch, which waits for nothing yet and keeps no
/// loop alive. `type`: what the callback is to async_hooks; '': nothing. A Worker that ends before closeWatch() closes
/// `fd`, too.
Napi::Value WatchFd(const Napi::CallbackInfo& info);

/// setWatch(watch, read, write, hangup, ref: boolean): void. What it waits for from now on, and whether the loop does.
Napi::Value SetWatch(const Napi::CallbackInfo& info);

/// showWatch(watch, type: string): void. From now on, and in the async context of now, hooks of async_hooks hear of it.
Napi::Value ShowWatch(const Napi::CallbackInfo& info);

/// closeWatch(watch): void. Once; the descriptor may be closed right afterwards.
Napi::Value CloseWatch(const Napi::CallbackInfo& info);

}  // namespace posix_fork
