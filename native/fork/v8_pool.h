// Step 6 (child): who does V8's work in the background?
//
// The threads that did are gone. Their pool, joined or asked to work, would wait for them for ever.
#pragma once

#include <uv.h>

#include "node/runtime.h"

namespace posix_fork {

/// Child only, after the loop's step and with the caller's signal mask restored (the new threads inherit it).
/// Constructs Node's own WorkerThreadsTaskRunner anew, in place, over the old one, as libuv does with its pool. Must
/// run before any JavaScript, GC or compilation. Allocates and starts threads; ends the process if they cannot be had.
void RenewV8PoolInChild(const Runtime& runtime);

/// Child only, after the loop's step: V8's tasks for its own thread (a step of a compilation) were inherited, but not
/// the event that tells the loop of them. Sends it again. Calls write(2).
void WakeForTasksInChild(uv_loop_t* loop, const Runtime& runtime);

}  // namespace posix_fork
