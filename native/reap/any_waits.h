// Who waits on this loop for whichever child comes next, and what wakes them? One poll of the table's own epoll set, in
// which all children are; and the table itself, when another thread has reaped a child for one of these.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "reap/child_signal.h"
#include "reap/child_waits.h"
#include "reap/table.h"
#include "reap/wait_handles.h"

namespace posix_fork {

/// The pending waits for any child, or any of a process group. A wait is known by its token.
class AnyWaits {
 public:
  /// `look` is called whenever there may be something.
  AnyWaits(WaitHandles& handles, ChildSignal& signal, WaitHandles::Callback look);

  /// What there is already; kNone: the wait is pending. Returns libuv's error if there is no room for the wake-up.
  int Start(pid_t selector, int flags, WaitToken token, Outcome* outcome);
  /// What the wait has come to all the same: a child may have been reaped for it in this moment, and nobody else would
  /// be told.
  Outcome Cancel(WaitToken token);
  bool Has(WaitToken token) const { return waits_.count(token) > 0; }
  size_t size() const { return waits_.size(); }

  void Look(Settlements* settlements);
  bool needs_signal() const { return by_signal_; }

  /// Nothing stays that nobody waits for.
  void Tidy();

  /// None is left. `in_child`: they were the parent's, and this table never knew them. May call libuv on this loop.
  void Forget(bool in_child);

 private:
  void StartPoll();
  void Serve();

  ReapTable& table_ = ReapTable::Get();
  WaitHandles& handles_;
  ChildSignal& signal_;
  const WaitHandles::Callback look_;
  std::unordered_map<WaitToken, std::unique_ptr<ReapTable::AnyWait>> waits_;
  bool by_signal_ = false;  // no descriptor tells everything
  WaitHandles::Handle<uv_poll_t>* poll_ = nullptr;
  WaitHandles::Handle<uv_async_t>* wake_ = nullptr;
};

}  // namespace posix_fork
