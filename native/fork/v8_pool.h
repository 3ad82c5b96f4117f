// Step 6 (child): who does V8's work in the background?
//
// The threads that did are gone. Their pool, joined or asked to work, would wait for them for ever.
#pragma once

#include <uv.h>

#include "node/runtime.h"

namespace posix_fork {

/// Child only, after the loop's step. Node's own WorkerThreadsTaskRunner is constructed anew, in place, over the old
/// one, as libuv does with its pool, when V8 first has work for another thread: in a child that only computes and exits
/// it never has. Until then V8 asks the old one how many threads there are. Must run before any JavaScript, GC or
/// compilation. Where V8 cannot be seen to have work, or `at_once`: allocates and starts threads, which inherit the
/// signal mask; ends the process if they cannot be had. `loop`: the child's own.
void RenewV8PoolInChild(const uv_loop_t* loop, const Runtime& runtime, bool at_once);

/// Child, any thread: starts them if they are still to be started. Node's own end waits for them.
void StartV8WorkersInChild();

/// Child only, after the loop's step: V8's tasks for its own thread (a step of a compilation) were inherited, but not
/// the event that tells the loop of them. Sends it again. Calls write(2).
void WakeForTasksInChild(uv_loop_t* loop, const Runtime& runtime);

}  // namespace posix_fork
