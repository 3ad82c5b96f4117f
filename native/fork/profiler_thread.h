// What of V8's CPU profiler (--cpu-prof, a debugger's), whose thread a child does not have?
//
// That thread samples the main thread time and again: for some microseconds it has a mutex of V8's, which is one for
// all profilers, and one of the C library's. Where it had them at the fork, a profiler of the child's own would wait
// for ever: at an interval of 40 us 1 of 10 children did. Nobody exports these mutexes, so the thread itself is stopped
// during the fork, by the signal that it sends to others (SIGPROF), while it waits for its next sample and holds
// neither. Several are stopped one after the other; then each Worker is asked, by the same signal, whether it is out of
// V8's handler of it, which has a lock of its own.
#pragma once

#include <napi.h>
#include <signal.h>
#include <sys/types.h>

#include <vector>

#include "threads/census.h"

namespace posix_fork {

/// What Fork() gives instead of a pid, where it was to fork only if it can stop them.
inline constexpr int kProfilerNotStopped = -1;

/// Parent, before; ends on each side with its scope. In the child it only calls sigaction(2) and futex(2).
class ProfilerStopped {
 public:
  /// Stops those among the threads that fork() does not cover. If one was not seen at rest within half a second, or a
  /// Worker has not answered, or the program has an action of its own for SIGPROF, none stays stopped, and
  /// mayProfile() is false in the child.
  explicit ProfilerStopped(const std::vector<Thread>& uncovered);
  ~ProfilerStopped();
  bool stopped() const { return stopped_; }

  /// Child, before anything of V8's stops a profile: what it does then waits for none of them. Calls mprotect(2).
  void ForgetInChild() const;
  ProfilerStopped(const ProfilerStopped&) = delete;
  ProfilerStopped& operator=(const ProfilerStopped&) = delete;

 private:
  void StopAll(const std::vector<Thread>& uncovered);
  void LetGo();

  bool stopped_ = false;
};

/// mayProfile(): boolean. After a fork, on both sides: true if its parent's profilers were stopped, so that the child
/// can start one.
Napi::Value MayProfile(const Napi::CallbackInfo& info);

/// stopsProfilers(): boolean. Whether they would be, if they come to rest in time (SIGPROF is V8's), and a child
/// can stop what it has inherited of them.
Napi::Value StopsProfilers(const Napi::CallbackInfo& info);

}  // namespace posix_fork
