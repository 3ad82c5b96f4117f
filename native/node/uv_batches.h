// Which work of the parent's has libuv taken from its queues, and not yet done?
//
// It moves what it is about to call to a list on its own C stack: the finished operations of the pool (uv__work_done in
// src/threadpool.c) and the finished writes of a stream (uv__write_callbacks in src/unix/stream.c). If fork() is called
// by one of these callbacks, the others are still on that list, and the child would call them.
#pragma once

#include <uv.h>

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

/// Parent, at load, on the main thread: its stack has a base.
void LocateStack();

/// Child, on the stack of the caller of fork(). Has the kernel copy what may not be memory at all: no allocation, no
/// lock.
Batches FindBatches(const uv_loop_t* loop);

}  // namespace posix_fork
