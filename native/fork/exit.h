// How does a child end whose parent had Workers?
//
// As it exits, Node stops its Workers through memory that lay on their threads' stacks, which V8's new workers have
// reused by then, and checks that they have ended, which they never will. So the child leaves past that code. Every
// exit but the natural one comes through Node's process exit handler; for that one see
// lib/child/exit-without-workers.ts.
#pragma once

#include "node/runtime.h"

namespace posix_fork {

/// Child only: from now on this process leaves with _exit(2), after its C streams have been flushed.
void LeaveWithoutWorkersInChild(const Runtime& runtime);

/// True in a child that does.
bool LeavesWithoutWorkers();

/// Flushes the C streams and ends the process.
[[noreturn]] void Leave(int code);

}  // namespace posix_fork
