// What if a step of the repair never returns?
//
// A thread that cannot be started is told at once (dead_threads.cc); no caller can know the other reasons in advance. A
// child that hangs holds its parent's
// descriptors for ever; a child that dies says so, and has a status.
#pragma once

namespace posix_fork {

/// Child only: while it lives, the process must make progress; past the deadline it writes a message to stderr and ends
/// with status 1. Uses SIGALRM and ITIMER_REAL, which a child does not inherit (fork(2)), and puts the old action back.
/// Async-signal-safe.
class RepairDeadline {
 public:
  RepairDeadline();
  ~RepairDeadline();
  RepairDeadline(const RepairDeadline&) = delete;
  RepairDeadline& operator=(const RepairDeadline&) = delete;
};

/// Child only, on any thread, later: while it lives, a part of the repair is done that was put off.
class LateRepair {
 public:
  LateRepair();
  ~LateRepair();
  LateRepair(const LateRepair&) = delete;
  LateRepair& operator=(const LateRepair&) = delete;
};

/// True while a RepairDeadline or a LateRepair lives. Async-signal-safe.
bool RepairIsUnderWay();

/// Child only: a step of the repair failed. Writes which one and why to stderr, and ends with status 1: the parent has
/// the pid already, so there is nobody else to tell. Async-signal-safe.
[[noreturn]] void DieInRepair(const char* step, const char* why);

}  // namespace posix_fork
