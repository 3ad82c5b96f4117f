// The queue of V8's workers: with what lock and condition variable do they wait for work?
//
// A bare child has no workers, and V8 still posts tasks for them when it collects garbage. glibc's pthread_cond_signal
// waits for the waiters of an earlier signal to be gone (nptl/pthread_cond_common.c), and the dead never are; a lock
// that a worker held stays locked. So 15 to 35 of 40 bare children that allocated hung.
//
// And any child hangs if a worker was at a task: Node's thread of delayed tasks may post one between the look at the
// workers and the fork (on Node 26, to free pages of the heap that are not used: 1 of 17,000 and of 20,000 bare
// children found V8's lock for these taken). With the queue's lock held none begins, and who has begun does not wait
// there.
#pragma once

#include <pthread.h>

#include <cstdint>

#include "node/facts.h"
#include "node/runtime.h"

namespace posix_fork {

/// The row about it. `futex` as below.
Fact RunnerQueueFact(const Runtime& runtime, uintptr_t futex);

class RunnerQueue {
 public:
  /// Parent, right before the fork: takes the queue's lock, if it is found. `futex` is the word that a parked worker
  /// waits on, 0 if none is known.
  RunnerQueue(const Runtime& runtime, uintptr_t futex);
  /// On both sides, right after: gives the lock back. Calls pthread_mutex_unlock.
  ~RunnerQueue();
  RunnerQueue(const RunnerQueue&) = delete;
  RunnerQueue& operator=(const RunnerQueue&) = delete;

  /// Parent: false if the lock is held, and a worker is at a task all the same. It was woken after the last look at all
  /// workers.
  bool AtRest() const { return at_rest_; }

  /// Bare child, before anything else: nobody waits, nobody ever will. Writes memory, and calls nothing.
  void ForgetWaitersInChild() const;

 private:
  // With another C library than glibc there is nothing to hold.
  [[maybe_unused]] pthread_mutex_t* lock_ = nullptr;
  [[maybe_unused]] pthread_cond_t* condition_ = nullptr;
  bool at_rest_ = true;
};

}  // namespace posix_fork
