// Step 7 (child): what if Node joins a thread that did not come along?
//
// Node keeps handles of threads that it joins as it exits: the one that loads root certificates (Node 22 and later),
// those of its Workers, of the inspector, of tracing. In the child a handle is an address whose memory glibc has given
// to another thread, or unmapped: the join hangs or crashes. So the node binary's own calls of pthread_join(3) get to
// know which threads live here; a join of any other returns at once, as it does for a thread that has ended.
#pragma once

#include <cstdint>
#include <string>

namespace posix_fork {

/// Parent, at load: finds where the node binary keeps its addresses of pthread_create and pthread_join. Returns what is
/// missing, or an empty string.
std::string LocateThreadCalls();

/// Child only, before any thread is started: redirects the two, in this process's copy of the page, and pthread_once,
/// so that a pool that cannot have its threads says why. In a child of a child it forgets the threads of that one.
/// Async-signal-safe.
void ForgetThreadsInChild();

/// Parent: whether the next can do what it says.
bool KnowsConditions();

/// Child only: a thread of the parent's waits at a condition variable, on this word. pthread_cond_destroy(3) would wait
/// until it has gone, so the node binary's call does nothing for that one. Async-signal-safe.
void ForgetWaiterInChild(uintptr_t futex);

}  // namespace posix_fork
