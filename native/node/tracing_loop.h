// Step 5c (child): whose is the other event loop, which a process runs as it exits?
//
// Node's tracing agent (src/tracing/agent.h) has one in every process, whether it traces or not, and its destructor
// runs it once. In a child that would be its parent's: not only its epoll set but also its io_uring, whose memory the
// two share. Of sixteen children that left at the same time one was ended by SIGABRT in one round of two, as libuv
// found requests in the ring that it had not put there (uv__epoll_ctl_flush, src/unix/linux.c; Node 22 and later).
#pragma once

#include <string>

namespace posix_fork {

/// Parent, before the first fork: finds the loop. Returns what is missing, or an empty string.
std::string LocateTracingLoop();

/// Child only, after RenewLoopInChild: gives it an epoll set and rings of its own. Calls libuv, on this loop alone;
/// runs no callback. Returns 0 or libuv's error.
int RenewTracingLoopInChild();

}  // namespace posix_fork
