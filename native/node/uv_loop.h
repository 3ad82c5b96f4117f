// Step 5 (child): whose event loop is it?
//
// An epoll set, an eventfd and a signal pipe are shared kernel objects: parent and child would take one another's
// events. And libuv's pool has no threads any more.
#pragma once

#include <uv.h>

namespace posix_fork {

/// Child only, first of the steps that need libuv, while all signals are blocked: gives the loop a backend of its own.
/// May call libuv on this loop; must not run JavaScript or wait for a thread. Returns 0 or libuv's error.
int RenewLoopInChild(uv_loop_t* loop);

}  // namespace posix_fork
