// What becomes of the parent's debugger in a child? Its thread is not there, but its connections and its port are, and
// Node would wait for it: at breakpoints, at an uncaught exception, at the end.
//
// The thread's loop is a local variable of its main function (node::inspector::InspectorIo::ThreadMain), so it lies on
// its stack, which a child has. There the loop is made new, each connection hangs up, and the loop turns once more, on
// the main thread: Node's own code detaches each debugger, as if it had gone. From then on nobody
// may wake the loop, because the stack will be another thread's. `inspector.close()` in JavaScript does the rest.
//
// As the debugger goes, V8 stops the profile that it has begun. For that it takes a lock that the profiler's thread may
// have held, if that was not stopped (profiler_thread.h). Then the connections end, and what the debugger has asked for
// stays: breakpoints.
#pragma once

#include <uv.h>

#include <vector>

#include "threads/census.h"

namespace posix_fork {

class InspectorThread {
 public:
  /// Parent, before: finds the loop, if there is such a thread among those that fork() does not cover. Waits until it
  /// rests, for a tenth of a second at most.
  void Find(const std::vector<Thread>& uncovered);

  /// Child only, after the main loop was renewed, before any thread is started: as above. Calls libuv and Node's own
  /// code, which allocates; no JavaScript runs. Returns 0 or an errno. `may_stop_profiles`: all profilers were stopped.
  int DisconnectInChild(bool may_stop_profiles) const;

 private:
  uv_loop_t* loop_ = nullptr;
  bool profiled_ = false;
};

/// True in a child whose parent had an inspector, which has detached its debuggers.
bool InspectorWasDisconnected();

}  // namespace posix_fork
