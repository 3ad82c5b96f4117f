// What if a signal comes between fork(2) and the repair?
//
// libuv's handler would write it into the pipe that the child still shares with its parent, which would see a signal
// that it never got. So signals wait from before the fork until the child's loop is its own.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace posix_fork {

/// Parent, before; ends (on each side) with Restore or the scope. Async-signal-safe.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old_);
  }
  ~SignalsBlocked() { Restore(); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  void Restore() {
    if (blocked_) pthread_sigmask(SIG_SETMASK, &old_, nullptr);
    blocked_ = false;
  }

 private:
  sigset_t old_;
  bool blocked_ = true;
};

}  // namespace posix_fork
