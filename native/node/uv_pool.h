// What has this loop to do with libuv's pool of threads, in the parent and in a child that has none of them?
#pragma once

#include <uv.h>

#include "node/uv_batches.h"

namespace posix_fork {

/// Parent, right before fork(2), and both sides right after it: holds the mutex of the loop's queue of finished work,
/// so that no thread of libuv's pool is in the middle of it.
void HoldLoopOverFork(uv_loop_t* loop);
void ReleaseLoopAfterFork(uv_loop_t* loop);

/// Operations (file system, getaddrinfo, crypto, zlib, other addons' work) that were handed to the pool and are not
/// finished yet.
unsigned CountPoolOperations(uv_loop_t* loop);

/// Child only, on the stack of the caller of fork(), after the parent's handles were severed: what the parent asked the
/// pool for is the parent's. Operations that were in flight are not waited for. What is finished, in the loop's queue
/// or on libuv's own stack, is not called; with `inherit_all`, it is. Reads and writes the loop's memory, nothing else.
void ForgetPoolOperationsInChild(uv_loop_t* loop, const Batches& batches, bool inherit_all);

/// Child only, any thread: makes libuv build its new pool now, which it does anyway when the pool is first used
/// (uv_once in src/threadpool.c). Starts threads. Returns 0 or libuv's error.
int MakeUvPoolInChild();

/// Child only, after RenewLoopInChild: makes the loop take up what the old pool had finished, if there is any left.
/// Calls write(2). Returns 0 or libuv's error.
int WakeForFinishedInChild(uv_loop_t* loop);

}  // namespace posix_fork
