// Where is the event loop of V8's delayed tasks, which a child gives up, and whose descriptors it closes?
//
// node::WorkerThreadsTaskRunner::DelayedTaskScheduler has one, and a thread that turns it. In a child the whole runner
// is abandoned and made anew, so each generation would have an epoll set, an eventfd, a pipe and an io_uring more.
#pragma once

#include <uv.h>

#include "node/runtime.h"

namespace posix_fork {

/// The loop of the runner as it is now, or null. Reads memory by process_vm_readv(2): the more words the first time.
uv_loop_t* FindSchedulerLoop(const Runtime& runtime);

/// The lowest of the descriptors that the loop has opened.
int LowestNumberOf(const uv_loop_t* loop);

/// Child only, while the loop is still there, and nobody turns it: what a child wrote to the pipe of its signals, its
/// parent would take for pointers. The numbers stay taken, by `own`, a file that nobody can write to and that is the
/// child's. Calls dup3(2). Returns 0 or its errno.
int LetGoOfSchedulerLoopInChild(const uv_loop_t* loop, int own);

/// Child only, before the runner is made anew: closes what the loop has opened. Its handles are abandoned, as they are:
/// no callback runs. Calls libuv, on this loop alone.
void CloseSchedulerLoopInChild(uv_loop_t* loop);

Fact SchedulerLoopFact(const Runtime& runtime);

}  // namespace posix_fork
