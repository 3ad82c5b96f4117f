#include "reap/any_waits.h"

#include <utility>

namespace posix_fork {

AnyWaits::AnyWaits(WaitHandles& handles, ChildSignal& signal, WaitHandles::Callback look)
    : handles_(handles), signal_(signal), look_(std::move(look)) {}

int AnyWaits::Start(pid_t selector, int flags, WaitToken token, Outcome* outcome) {
  if (wake_ == nullptr) {
    if (const int error = handles_.StartAsync(look_, &wake_)) return error;
  }
  auto any = std::make_unique<ReapTable::AnyWait>();
  any->wake = [wake = wake_] { uv_async_send(wake); };
  if (flags != 0) signal_.Listen();
  table_.AddAny(any.get(), selector, flags);
  Serve();
  if (!table_.TakeAny(any.get(), outcome)) {
    StartPoll();
    waits_.emplace(token, std::move(any));
  }
  return 0;
}

Outcome AnyWaits::Cancel(WaitToken token) {
  Outcome outcome;
  const auto found = waits_.find(token);
  if (found == waits_.end()) return outcome;
  if (table_.RemoveAny(found->second.get())) outcome = found->second->outcome;
  waits_.erase(found);
  return outcome;
}

void AnyWaits::Look(Settlements* settlements) {
  if (waits_.empty()) return;
  by_signal_ = false;
  Serve();
  for (auto wait = waits_.begin(); wait != waits_.end();) {
    Outcome outcome;
    if (table_.TakeAny(wait->second.get(), &outcome)) {
      settlements->push_back({{wait->first}, outcome});
      wait = waits_.erase(wait);
    } else {
      wait++;
    }
  }
}

void AnyWaits::Tidy() {
  if (!waits_.empty()) return;
  by_signal_ = false;
  handles_.Close(&poll_);
  handles_.Close(&wake_);
}

void AnyWaits::Forget(bool in_child) {
  if (!in_child) {
    for (auto& wait : waits_) table_.RemoveAny(wait.second.get());
  }
  waits_.clear();
  Tidy();
}

void AnyWaits::StartPoll() {
  if (poll_ != nullptr || table_.ready_fd() < 0) return;
  poll_ = handles_.StartPoll(table_.ready_fd(), look_);
  if (poll_ == nullptr) by_signal_ = true;
}

void AnyWaits::Serve() {
  if (!table_.ServeAny()) return;
  by_signal_ = true;
  if (!signal_.polls()) signal_.Poll();
}

}  // namespace posix_fork
