// Who waits on this loop for one child, and what wakes them? One watch for each child, however many wait: a poll of its
// pidfd, and SIGCHLD for what no pidfd tells.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "reap/child_signal.h"
#include "reap/table.h"
#include "reap/wait_handles.h"

namespace posix_fork {

/// A number that no other wait of its environment has: which listener it is of, and a number of that one's.
using WaitToken = int64_t;

/// Whom to tell what. Collected first and delivered last: what is told may fork, or end the environment.
struct Settlement {
  std::vector<WaitToken> tokens;
  Outcome outcome;
};
using Settlements = std::vector<Settlement>;

/// Runs `look`, which says whom to tell what, and tells them as the last thing that it does.
using Settle = std::function<void(const std::function<void(Settlements*)>& look)>;

/// The pending waits for one child each. A wait is known by its token.
class ChildWaits {
 public:
  ChildWaits(WaitHandles& handles, ChildSignal& signal, Settle settle);

  /// What there is already; kNone: the wait is pending.
  Outcome Start(const ReapTable::ChildRef& child, int flags, WaitToken token);
  void Cancel(WaitToken token);
  bool Has(WaitToken token) const { return tokens_.count(token) > 0; }
  /// Of a wait that is pending.
  ReapTable::ChildRef ChildOf(WaitToken token) const { return tokens_.at(token)->child; }
  size_t size() const { return tokens_.size(); }

  /// Asks for all children of which no descriptor tells everything.
  void Look(Settlements* settlements);
  bool needs_signal() const { return !by_signal_.empty(); }

  /// None is left. `in_child`: they were the parent's, whose pidfds are closed here. May call libuv on this loop.
  void Forget(bool in_child);

 private:
  struct PendingWait {
    WaitToken token;
    int flags;
    uint64_t since;
  };
  // All that wait for one child.
  struct Watch {
    ReapTable::ChildRef child;
    ReapTable::PidfdRef pidfd;  // open for as long as it is polled, whoever reaps the child
    WaitHandles::Handle<uv_poll_t>* poll = nullptr;
    std::vector<PendingWait> waits;
  };

  Watch& WatchOf(const ReapTable::ChildRef& child);
  void StartPoll(Watch* watch);
  void WatchBySignal(Watch* watch);
  void OnReadable(Watch* watch, Settlements* settlements);
  bool TryWait(Watch* watch, Settlements* settlements);
  void EndWatch(Watch* watch);

  ReapTable& table_ = ReapTable::Get();
  WaitHandles& handles_;
  ChildSignal& signal_;
  const Settle settle_;
  std::unordered_map<const ReapTable::Child*, std::unique_ptr<Watch>> watches_;
  std::unordered_map<WaitToken, Watch*> tokens_;
  std::unordered_set<Watch*>
      by_signal_;  // those whose child is to be asked for, because no descriptor tells everything
};

}  // namespace posix_fork
