#include "reap/child_waits.h"

#include <sys/wait.h>

#include <algorithm>
#include <utility>

namespace posix_fork {

ChildWaits::ChildWaits(WaitHandles& handles, ChildSignal& signal, Settle settle)
    : handles_(handles), signal_(signal), settle_(std::move(settle)) {}

Outcome ChildWaits::Start(const ReapTable::ChildRef& child, int flags, WaitToken token) {
  // This wait tells of changes from here on, and of none that another wait has told of before.
  const uint64_t since = table_.changes();
  const bool changes = (flags & (WUNTRACED | WCONTINUED)) != 0;
  // Before the first look, so that no SIGCHLD is missed after it.
  if (changes) signal_.Listen();
  const Outcome outcome = table_.TryWait(child, flags, since);
  if (outcome.kind != Outcome::Kind::kNone) return outcome;
  Watch& watch = WatchOf(child);
  watch.waits.push_back({token, flags, since});
  tokens_.emplace(token, &watch);
  if (watch.poll == nullptr && !outcome.try_again) StartPoll(&watch);
  // Without a pidfd the child may have ended between the look and the start of uv_signal: the timer sees to it.
  if (watch.poll == nullptr || changes) WatchBySignal(&watch);
  return outcome;
}

void ChildWaits::Cancel(WaitToken token) {
  const auto found = tokens_.find(token);
  if (found == tokens_.end()) return;
  Watch* watch = found->second;
  tokens_.erase(found);
  auto& waits = watch->waits;
  waits.erase(
      std::remove_if(waits.begin(), waits.end(), [token](const PendingWait& wait) { return wait.token == token; }),
      waits.end());
  if (waits.empty()) EndWatch(watch);
}

void ChildWaits::Look(Settlements* settlements) {
  const std::vector<Watch*> watches(by_signal_.begin(), by_signal_.end());
  for (Watch* watch : watches) TryWait(watch, settlements);
}

void ChildWaits::Forget(bool in_child) {
  by_signal_.clear();
  tokens_.clear();
  for (auto& entry : watches_) {
    Watch& watch = *entry.second;
    handles_.Close(&watch.poll);
    if (in_child && watch.pidfd) *watch.pidfd = Fd();
  }
  watches_.clear();
}

ChildWaits::Watch& ChildWaits::WatchOf(const ReapTable::ChildRef& child) {
  std::unique_ptr<Watch>& watch = watches_[child.get()];
  if (!watch) {
    watch = std::make_unique<Watch>();
    watch->child = child;
  }
  return *watch;
}

void ChildWaits::StartPoll(Watch* watch) {
  watch->pidfd = table_.PidfdOf(watch->child);
  if (!watch->pidfd) return;
  watch->poll = handles_.StartPoll(watch->pidfd->get(), [this, watch] {
    settle_([this, watch](Settlements* settlements) { OnReadable(watch, settlements); });
  });
}

void ChildWaits::WatchBySignal(Watch* watch) {
  by_signal_.insert(watch);
  signal_.Poll();
}

void ChildWaits::OnReadable(Watch* watch, Settlements* settlements) {
  if (!TryWait(watch, settlements)) return;
  // Readable and yet nothing to be had; it would be readable for ever.
  handles_.Close(&watch->poll);
  WatchBySignal(watch);
}

// True if the kernel will not give the child up yet.
bool ChildWaits::TryWait(Watch* watch, Settlements* settlements) {
  const Outcome end = table_.TryWait(watch->child, 0, 0);
  if (end.kind != Outcome::Kind::kNone) {
    Settlement settlement;
    settlement.outcome = end;
    for (const PendingWait& wait : watch->waits) {
      settlement.tokens.push_back(wait.token);
      tokens_.erase(wait.token);
    }
    settlements->push_back(std::move(settlement));
    EndWatch(watch);
    return false;
  }
  std::vector<PendingWait> left;
  for (const PendingWait& wait : watch->waits) {
    Outcome change;
    if (wait.flags != 0) change = table_.TryWait(watch->child, wait.flags, wait.since);
    if (change.kind == Outcome::Kind::kNone) {
      left.push_back(wait);
    } else {
      tokens_.erase(wait.token);
      settlements->push_back({{wait.token}, change});
    }
  }
  watch->waits = std::move(left);
  if (watch->waits.empty()) {
    EndWatch(watch);
    return false;
  }
  return end.try_again;
}

void ChildWaits::EndWatch(Watch* watch) {
  handles_.Close(&watch->poll);
  by_signal_.erase(watch);
  watches_.erase(watch->child.get());
}

}  // namespace posix_fork
