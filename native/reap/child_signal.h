// What tells of the children of which no descriptor tells? SIGCHLD, through uv_signal, beside libuv's own. And a timer:
// the signal does not come for everything (it may be ignored, and a child that a debugger gives up may have been
// announced before).
#pragma once

#include <signal.h>

#include <algorithm>
#include <utility>

#include "reap/wait_handles.h"

namespace posix_fork {

class ChildSignal {
 public:
  /// `look` is called whenever there may be something.
  ChildSignal(WaitHandles& handles, WaitHandles::Callback look) : handles_(handles), look_(std::move(look)) {}

  /// The signal alone.
  void Listen() {
    if (signal_ == nullptr) signal_ = handles_.StartSignal(SIGCHLD, look_);
  }

  /// The signal and the timer, which begins anew: a millisecond from now, and ever more slowly.
  void Poll() {
    Listen();
    if (timer_ == nullptr) timer_ = handles_.NewTimer([this] { OnTimer(); });
    interval_ = 1;
    WaitHandles::StartTimer(timer_, interval_);
  }

  bool polls() const { return timer_ != nullptr; }

  void Stop() {
    handles_.Close(&signal_);
    handles_.Close(&timer_);
  }

 private:
  void OnTimer() {
    // The intervals may become long: what a signal announces does not wait for the timer.
    constexpr uint64_t kSlowest = 250;
    interval_ = std::min(interval_ * 2, kSlowest);
    WaitHandles::StartTimer(timer_, interval_);
    look_();
  }

  WaitHandles& handles_;
  const WaitHandles::Callback look_;
  WaitHandles::Handle<uv_signal_t>* signal_ = nullptr;
  WaitHandles::Handle<uv_timer_t>* timer_ = nullptr;
  uint64_t interval_ = 1;
};

}  // namespace posix_fork
