// Which thread breaks off code of node:vm at SIGINT (`breakOnSigint`, the REPL, --trace-sigint), and how does it get
// into a child?
//
// node::SigintWatchdogHelper has one while anybody wants it, which waits for a semaphore. It is joined at the end of
// the code, after a post that a child's would find at its next start: the next code there would be broken off at once.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include "node/facts.h"

namespace posix_fork {

struct SigintThread {
  bool wanted = false;
  pthread_t* thread = nullptr;  // where Node keeps it; null while it does not wait
};

/// As it is now. Reads /proc where one is wanted.
SigintThread FindSigintThread();

/// Child only, with dead threads forgotten and all signals blocked, as Node starts it: starts it anew. Calls libuv,
/// which starts a thread; takes no lock. Returns 0 or libuv's error.
int RestartSigintThreadInChild(const SigintThread& found);

Fact SigintThreadFact();

}  // namespace posix_fork
