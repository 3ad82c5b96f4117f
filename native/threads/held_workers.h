// Step 1, beside Workers (parent, before): are they at rest, too?
//
// A Worker that runs may hold any of V8's and Node's process-wide locks, and posts tasks for V8's pool as long as it
// does: 1 to 11 % of the children of a process with eight busy Workers hung. So each is asked to stop where it holds
// none, at its next stack check in JavaScript (v8::Isolate::RequestInterrupt), and kept there until the fork is done.
// One that waits for events, or in another system call that no lock is held over, is left where it is: it runs into its
// stop when it wakes.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "node/isolates.h"
#include "threads/quiesce.h"

namespace posix_fork {

/// While it lives, the Workers of this process stand still, none starts and none ends.
class HeldWorkers {
 public:
  explicit HeldWorkers(const Runtime& runtime) : runtime_(runtime) {}
  ~HeldWorkers();
  HeldWorkers(const HeldWorkers&) = delete;
  HeldWorkers& operator=(const HeldWorkers&) = delete;

  /// Parent, before: waits until the Workers and V8's own workers (Quiesce) are at rest, for at most `timeout`. Returns
  /// those that were not: none when all are.
  std::vector<BusyThread> Hold(std::chrono::milliseconds timeout);

  /// Parent, before: for a test that shows what becomes of children whose parent's Workers run on.
  void LetRun();

  /// Parent: lets them go before the end of its life. Must come before anything is allocated in V8's heap: the
  /// platform's lock is held until then.
  void Release();

  /// True if there are Workers.
  bool any() const { return !isolates_.empty(); }

  /// Child only, before anything starts a thread or forks: no Worker is held here. Allocates.
  void ForgetInChild();

 private:
  bool AllAtRest(std::vector<int64_t>* timeslices, std::vector<BusyThread>* busy);
  bool IsStuck(pid_t tid, int64_t timeslices);
  void RequestStop();
  void LetGo();

  const Runtime& runtime_;
  std::vector<void*> isolates_;
  std::optional<IsolateStacks> stacks_;  // theirs, as of the last time that they were asked
  // Those that wait for a mutex: how often they had run when they were seen first, and since when they have not again.
  struct Stuck {
    int64_t timeslices;
    std::chrono::steady_clock::time_point since;
  };
  std::map<pid_t, Stuck> stuck_;
  std::optional<IsolatesLocked> locked_;
  bool stop_requested_ = false;
};

}  // namespace posix_fork
