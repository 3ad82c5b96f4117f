// Which children end with the thread that has started them, and who reaps them then? The kernel kills those that have
// asked for it (PR_SET_PDEATHSIG) when the thread is gone; but a zombie stays, and its pidfd, as nobody else waits.
#pragma once

#include <signal.h>

#include <chrono>
#include <utility>
#include <vector>

#include "reap/table.h"
#include "reap/wait_handles.h"

namespace posix_fork {

/// What an environment does at its end, on its loop, which goes on for as long.
class LastWait {
 public:
  explicit LastWait(WaitHandles& handles) : handles_(handles) {}

  /// Kills them, and reaps them as they end. Runs no JavaScript; later waits of other threads learn the status.
  void Begin(std::vector<ReapTable::ChildRef> children) {
    children_ = std::move(children);
    for (const auto& child : children_) table_.Kill(child->pid, SIGKILL);
    deadline_ = Clock::now() + kPatience;
    if (IsOver()) return;
    handles_.HoldLoop(true);
    timer_ = handles_.NewTimer([this] { Look(); });
    WaitHandles::StartTimer(timer_, 1);
  }

  bool IsOver() const { return children_.empty(); }

 private:
  using Clock = std::chrono::steady_clock;

  // What the kernel does not give up (a debugger has it) stays as it is: a thread that never ends is worse.
  static constexpr std::chrono::seconds kPatience{2};
  static constexpr uint64_t kInterval = 2;  // ms; a process that is killed ends within a few

  void Look() {
    std::vector<ReapTable::ChildRef> left;
    for (const auto& child : children_) {
      if (table_.TryWait(child, 0, 0).kind == Outcome::Kind::kNone) left.push_back(child);
    }
    if (Clock::now() >= deadline_) left.clear();
    children_ = std::move(left);
    if (IsOver()) {
      handles_.Close(&timer_);  // the owner ends with it
    } else {
      WaitHandles::StartTimer(timer_, kInterval);
    }
  }

  ReapTable& table_ = ReapTable::Get();
  WaitHandles& handles_;
  std::vector<ReapTable::ChildRef> children_;
  Clock::time_point deadline_;
  WaitHandles::Handle<uv_timer_t>* timer_ = nullptr;
};

}  // namespace posix_fork
