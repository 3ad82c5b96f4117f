// Is there an event loop at this address?
#pragma once

#include <uv.h>

namespace posix_fork {

/// `loop`: a copy of what lies at `self`, or that itself. The handles inside of an open loop point to it: no other
/// memory looks like that.
inline bool IsOpenLoop(const uv_loop_t& loop, const uv_loop_t* self) {
  return loop.backend_fd >= 0 && loop.wq_async.loop == self && loop.wq_async.type == UV_ASYNC &&
         loop.child_watcher.loop == self && loop.child_watcher.type == UV_SIGNAL;
}

}  // namespace posix_fork
