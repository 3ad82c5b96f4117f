// Step 5 (child): whose event loop is it?
//
// An epoll set, an eventfd and a signal pipe are shared kernel objects: parent and child would take one another's
// events. And libuv's pool has no threads any more.
#pragma once

#include <uv.h>

namespace posix_fork {

/// Parent, right before fork(2), and both sides right after it: holds the mutex of the loop's queue of finished work,
/// so that no thread of libuv's pool is in the middle of it.
void HoldLoopOverFork(uv_loop_t* loop);
void ReleaseLoopAfterFork(uv_loop_t* loop);

/// Child only, first of the steps that need libuv, while all signals are blocked: gives the loop a backend of its own.
/// May call libuv on this loop; must not run JavaScript or wait for a thread. Returns 0 or libuv's error.
int RenewLoopInChild(uv_loop_t* loop);

/// Child only, after RenewLoopInChild: makes libuv build its new pool now. It resets the pool lazily, and its exit path
/// would otherwise signal the condition variable on which the dead threads wait. The work that goes through it also
/// makes the loop take up what the old pool had finished. Returns 0 or libuv's error.
int RenewThreadPoolInChild(uv_loop_t* loop);

/// Any time, with the loop held (HoldLoopOverFork): that work is still in the pool's hands. It is nobody's operation.
bool EmptyWorkIsQueued();

}  // namespace posix_fork
