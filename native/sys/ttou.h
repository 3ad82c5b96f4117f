// Who may set a terminal up? Also a process in the background.
//
// The kernel stops a background process that does, unless it blocks SIGTTOU (tcsetpgrp(3), tcsetattr(3)). A shell
// ignores that signal; a Node program cannot, and with a handler the call would be restarted for ever.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace posix_fork {

class TtouBlocked {
 public:
  TtouBlocked() {
    sigset_t ttou;
    sigemptyset(&ttou);
    sigaddset(&ttou, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &ttou, &old_);
  }
  ~TtouBlocked() { pthread_sigmask(SIG_SETMASK, &old_, nullptr); }
  TtouBlocked(const TtouBlocked&) = delete;
  TtouBlocked& operator=(const TtouBlocked&) = delete;

 private:
  sigset_t old_;
};

}  // namespace posix_fork
