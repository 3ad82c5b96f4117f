// Which signals has the parent caught whose handlers have not run yet?
//
// A signal is pending until its handler runs, and a child has no pending signals (fork(2)). libuv has them in two
// places: in the pipe that its signal handler writes to, of which a child has a new one, and on its own C stack
// (uv__signal_event in src/unix/signal.c reads 32 messages at a time): if the handler of the first forks, the child
// would run those of the others. It counts what each handle has caught and dispatched, and closes none for which they
// differ.
#pragma once

#include <uv.h>

#include <vector>

namespace posix_fork {

class PendingSignals {
 public:
  /// Parent, before, while signals are blocked on this thread: counts what is on libuv's stack. Allocates. (A signal
  /// that another thread catches from here to the fork is not counted.) False if libuv's pipe has something else in it
  /// than is looked for: then nobody knows which signals are pending.
  bool Count(uv_loop_t* loop);

  /// Child only, after the loop's step (uv_loop_fork): what was pending is forgotten. Writes to the handles; no
  /// allocation, no lock.
  void ForgetInChild(uv_loop_t* loop) const;

 private:
  struct Pending {
    uv_signal_t* handle;
    unsigned on_stack;
  };
  std::vector<Pending> pending_;
};

}  // namespace posix_fork
