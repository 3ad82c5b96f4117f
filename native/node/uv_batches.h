// Which work of the parent's has libuv taken from its queues, and not yet done?
//
// It moves what it is about to call to a list on its own C stack: the finished operations of the pool (uv__work_done in
// src/threadpool.c) and the finished writes of a stream (uv__write_callbacks in src/unix/stream.c). If fork() is called
// by one of these callbacks, the others are still on that list, and the child would call them. So are the events that
// the kernel reported together (uv__io_poll in src/unix/linux.c): up to 1,024 in an array on its stack.
#pragma once

#include <uv.h>

#include <vector>

#include "node/uv_queue.h"

namespace posix_fork {

/// The lists that lie on this thread's stack, between the caller and the stack's base.
struct Batches {
  /// Of finished operations of the pool.
  Queue* operations = nullptr;
  /// Of finished writes, and the stream whose they are.
  Queue* writes = nullptr;
  uv_stream_t* stream = nullptr;
};

/// Child, on the stack of the caller of fork(). Has the kernel copy what may not be memory at all: no allocation, no
/// lock.
Batches FindBatches(const uv_loop_t* loop);

/// Child, after uv_loop_fork(): of the events that were reported and not yet dispatched, only those of `keep` are
/// dispatched. libuv itself takes an event back (uv__platform_invalidate_fd()) when the handle of a descriptor is
/// stopped; a handle that is none of the loop's is stopped here for each descriptor, and what watches it is left alone.
/// The new epoll set does not know the descriptors yet, so that taking them from it changes nothing. No allocation, no
/// lock.
void ForgetPollBatchInChild(uv_loop_t* loop, const std::vector<int>& keep);

}  // namespace posix_fork
