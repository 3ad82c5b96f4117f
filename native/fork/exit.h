// How does a child end?
//
// Past Node's own clean-up, which is for what the parent has made: it finalizes the objects of addons (a database that
// the child has never touched is rolled back in the file that it shares with its parent), resets the terminal, waits
// for handles and requests that were taken away, and stops Workers through memory that lay on their threads' stacks.
// Nor are the handlers of atexit(3) run, which belong to the parent's libraries. Every exit but the natural one comes
// through Node's process exit handler; for that one see lib/child/exit.ts. Before that handler Node runs what it was
// told with AtExit: it would end the profilers of the parent, whose threads are not there (--cpu-prof), and wait for
// the parent's debugger to go. So the child ends there.
#pragma once

#include "node/runtime.h"

namespace posix_fork {

/// Parent, before the first fork: sees to it that a child makes the threads of libuv and V8 that it has put off when it
/// comes to exit(3). Allocates.
void PrepareExit();

/// Child only: libuv makes its new pool when that is first used.
void PutOffUvPoolInChild();

/// In a child that comes to exit(3) after all (a library calls it), or to Node's own end: makes libuv's pool. The end
/// of libuv (uv_library_shutdown, its destructor) would wake, join and destroy what the dead threads of the parent's
/// pool wait at, and hang or abort. Starts threads; ends the process if they cannot be had. In any other process:
/// nothing.
void MakeUvPoolAtExitInChild();

/// Child only: from now on this process ends by _exit(2), after its C streams have been flushed. Allocates.
void ExitPastCleanupInChild(const Runtime& runtime);

/// Child: what it will end with, as JavaScript has heard it in the 'exit' event. Takes nothing, calls nothing.
void NoteExitCode(int code);

/// True in a child that does.
bool ExitsPastCleanup();

/// Child, from any of Node's ways to its end: flushes the C streams and ends the process. Takes the streams' locks, and
/// allocates nothing; runs no JavaScript, no destructor and no handler of atexit(3).
[[noreturn]] void Exit(int code);

}  // namespace posix_fork
