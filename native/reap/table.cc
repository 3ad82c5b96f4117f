#include "reap/table.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace posix_fork {

namespace {

constexpr int kChanges = WUNTRACED | WCONTINUED;
static_assert(WUNTRACED == WSTOPPED, "one word for waitpid(2) and waitid(2)");

// How often a call that blocks asks whether it still should.
constexpr int kGoOnInterval = 50;

// How often, in milliseconds, a blocked call looks where no descriptor tells it: without a pidfd, and for stops and
// continuations, which have none. At once, if SIGCHLD comes to this thread, because poll(2) ends then.
class Backoff {
 public:
  int Next() { return std::exchange(interval_, std::min(interval_ * 2, 10)); }

 private:
  int interval_ = 1;
};

// The kind of status words that are no end: stopped and continued.
bool IsChange(int raw) { return (raw & 0xff) == 0x7f || raw == 0xffff; }

bool Wants(int flags, int change) { return (flags & (change == 0xffff ? WCONTINUED : WUNTRACED)) != 0; }

void PollOnce(int fd, int second_fd, int timeout) {
  // A negative descriptor is passed over (poll(2)). EINTR: the caller looks again anyway.
  pollfd fds[2] = {{fd, POLLIN, 0}, {second_fd, POLLIN, 0}};
  poll(fds, 2, timeout);
}

// What is left of `interval` milliseconds until the deadline; rounded up, so that a wait is never too short.
int Until(const ReapTable::Deadline& deadline, int interval) {
  if (!deadline) return interval;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, interval));
}

bool IsOver(const ReapTable::Deadline& deadline) { return deadline && std::chrono::steady_clock::now() >= *deadline; }

}  // namespace

ReapTable& ReapTable::Get() {
  // Storage, not an object with a destructor: other threads may still wait while the process tears its statics down.
  alignas(ReapTable) static unsigned char storage[sizeof(ReapTable)];
  static ReapTable* const table = new (storage) ReapTable();
  return *table;
}

// --- How a child comes in -------------------------------------------------------------------------------------------

ReapTable::Registration::Registration(ReapTable& table) : table_(table) {
  const Lock lock(table_.Mutex());
  generation_ = table_.generation_;
  table_.state_->registrations++;
}

ReapTable::Registration::~Registration() {
  const Lock lock(table_.Mutex());
  // In the child the table is another's, and has seen no registration.
  if (table_.generation_ == generation_) table_.state_->registrations--;
}

void ReapTable::Registration::Add(pid_t pid, Fd pidfd) {
  const bool is_the_childs = static_cast<bool>(pidfd);
  if (!pidfd) pidfd = OpenPidfd(pid);
  // If something else has reaped the child already, the pid may be anybody's by now.
  Status ignored;
  const bool gone = pidfd && WaitNow(pidfd.get(), pid, WEXITED | WNOWAIT, &ignored) == Report::kNoChild;
  Status last;
  last.pid = pid;
  const bool known = gone && is_the_childs && ReadExitInfo(pidfd.get(), &last.raw) == ExitInfo::kKnown;
  PidfdRef shared = pidfd && !gone ? std::make_shared<Fd>(std::move(pidfd)) : nullptr;

  const Lock lock(table_.Mutex());
  const auto old = table_.state_->children.find(pid);
  if (old != table_.state_->children.end()) {
    // The kernel gives a pid away only after the reap: if that was not ours, we have missed it.
    const ChildRef keep = old->second;
    Child& before = *keep;
    if (before.kind == Outcome::Kind::kNone) {
      Status status;
      status.pid = pid;
      const bool known = before.pidfd && ReadExitInfo(before.pidfd->get(), &status.raw) == ExitInfo::kKnown;
      table_.Close(before, known ? Outcome::Kind::kStatus : Outcome::Kind::kStatusLost, status, 0);
    }
    table_.state_->children.erase(pid);
  }
  const auto child = std::make_shared<Child>(pid, table_.state_->next_id++, std::move(shared));
  table_.state_->children.emplace(pid, child);
  table_.state_->live.emplace(child->id, child);
  table_.state_->unwatched++;
  if (gone) {
    table_.Close(*child, known ? Outcome::Kind::kStatus : Outcome::Kind::kStatusLost, last, 0);
  } else if (table_.state_->ready) {
    table_.WatchForAny(*child);
  }
}

ReapTable::Owner ReapTable::Find(pid_t pid, ChildRef* child) {
  const Lock lock(Mutex());
  const auto found = state_->children.find(pid);
  if (found != state_->children.end()) {
    // A pid that we have reaped, and that is a child of this process again, is a stranger's now. (While one of ours is
    // being started it may be that one; then the answer is about the one before.)
    const bool reused = found->second->kind != Outcome::Kind::kNone && state_->registrations == 0 && IsChild(pid);
    if (!reused) {
      *child = found->second;
      return Owner::kPackage;
    }
    state_->children.erase(found);
    return Owner::kOther;
  }
  return IsChild(pid) ? Owner::kOther : Owner::kNone;
}

// --- What became of it ----------------------------------------------------------------------------------------------

Outcome ReapTable::TryWait(const ChildRef& child, int flags, uint64_t since) {
  const Lock lock(Mutex());
  return TryWaitLocked(*child, flags, since);
}

Outcome ReapTable::TryWaitLocked(Child& child, int flags, uint64_t since) {
  Outcome outcome;
  outcome.status.pid = child.pid;
  if (child.kind == Outcome::Kind::kNone) {
    const int pidfd = child.pidfd ? child.pidfd->get() : -1;
    // A zombie still has its process group; what is reaped has none.
    const bool group_matters =
        std::any_of(state_->any.begin(), state_->any.end(), [](const AnyWait* any) { return any->selector != -1; });
    const pid_t group = group_matters ? getpgid(child.pid) : 0;
    Status status;
    status.pid = child.pid;
    switch (WaitNow(pidfd, child.pid, WEXITED | (flags & kChanges), &status)) {
      case Report::kStatus:
        if (IsChange(status.raw)) {
          child.change = status.raw;
          child.change_number = ++state_->changes;
          outcome.kind = Outcome::Kind::kStatus;
          outcome.status = status;
          return outcome;
        }
        Close(child, Outcome::Kind::kStatus, status, group);
        break;
      case Report::kNothing:
        if (child.change_number > since && Wants(flags, child.change)) {
          // Another one who waits was faster; so it is no longer to be had from the kernel.
          outcome.kind = Outcome::Kind::kStatus;
          outcome.status.raw = child.change;
          return outcome;
        }
        if (pidfd >= 0) {
          pollfd fd = {pidfd, POLLIN, 0};
          outcome.try_again = poll(&fd, 1, 0) > 0;
        }
        return outcome;
      case Report::kNoChild:
        switch (ReadExitInfo(pidfd, &status.raw)) {
          case ExitInfo::kKnown: Close(child, Outcome::Kind::kStatus, status, group); break;
          case ExitInfo::kUnknown: Close(child, Outcome::Kind::kStatusLost, status, group); break;
          case ExitInfo::kNotYet: outcome.try_again = true; return outcome;
        }
        break;
    }
  }
  outcome.kind = child.kind;
  outcome.status = child.status;
  return outcome;
}

// The end: recorded once, and told to everybody who asks from now on. The caller holds a reference to the child.
void ReapTable::Close(Child& child, Outcome::Kind kind, const Status& status, pid_t group) {
  child.kind = kind;
  child.status = status;
  if (!child.watched) {
    state_->unwatched--;
  } else if (child.pidfd) {
    // Said explicitly: the set holds on to a descriptor as long as any process has it, and a bare child may.
    epoll_ctl(state_->ready.get(), EPOLL_CTL_DEL, child.pidfd->get(), nullptr);
  }
  child.pidfd.reset();
  Remember(child);
  state_->live.erase(child.id);
  Outcome outcome;
  outcome.kind = kind;
  outcome.status = status;
  GiveToAny(outcome, group);
}

void ReapTable::Remember(const Child& child) {
  state_->history.emplace_back(child.pid, child.id);
  if (state_->history.size() <= history_bound_) return;
  const auto [pid, id] = state_->history.front();
  state_->history.pop_front();
  const auto oldest = state_->children.find(pid);
  if (oldest != state_->children.end() && oldest->second->id == id) state_->children.erase(oldest);
}

uint64_t ReapTable::changes() {
  const Lock lock(Mutex());
  return state_->changes;
}

ReapTable::PidfdRef ReapTable::PidfdOf(const ChildRef& child) {
  const Lock lock(Mutex());
  return child->pidfd;
}

Outcome ReapTable::Wait(const ChildRef& child, int flags, const GoOn& go_on, const Deadline& deadline) {
  const uint64_t since = changes();
  Backoff backoff;
  for (;;) {
    const bool over = IsOver(deadline);  // before the last look
    Outcome outcome = TryWait(child, flags, since);
    if (outcome.kind != Outcome::Kind::kNone || over || (flags & WNOHANG)) return outcome;
    // Kept open while it is polled, whoever reaps the child meanwhile.
    const PidfdRef pidfd = PidfdOf(child);
    const bool told = pidfd && !outcome.try_again;
    const bool told_of_all = told && !(flags & kChanges);
    PollOnce(told ? pidfd->get() : -1, -1, Until(deadline, told_of_all ? kGoOnInterval : backoff.Next()));
    if (!go_on()) return {Outcome::Kind::kInterrupted, {}, false};
  }
}

// --- Whichever comes next -------------------------------------------------------------------------------------------

Outcome ReapTable::WaitAny(pid_t selector, int flags, const GoOn& go_on, const Deadline& deadline) {
  Fd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  AnyWait any;
  any.wake = [&wake] {
    const uint64_t one = 1;
    if (wake && write(wake.get(), &one, sizeof one) < 0) {
      // Without a descriptor (EMFILE) the loop below looks by itself.
    }
  };
  AddAny(&any, selector, flags);
  Backoff backoff;
  for (;;) {
    const bool once = (flags & WNOHANG) || IsOver(deadline);
    const bool not_told_of_all = ServeAny() || !wake;
    Outcome outcome;
    if (TakeAny(&any, &outcome)) return outcome;
    bool go = !once;
    if (go) {
      PollOnce(ready_fd(), wake.get(), Until(deadline, not_told_of_all ? backoff.Next() : kGoOnInterval));
      go = go_on();
    }
    if (!go) {
      // It may have been served in this moment; then it is told, or it would be lost.
      if (RemoveAny(&any)) return any.outcome;
      return {once ? Outcome::Kind::kNone : Outcome::Kind::kInterrupted, {}, false};
    }
  }
}

void ReapTable::AddAny(AnyWait* any, pid_t selector, int flags) {
  const Lock lock(Mutex());
  any->selector = selector == 0 ? -getpgrp() : selector;
  any->flags = flags & kChanges;
  any->since = state_->changes;
  state_->any.push_back(any);
  if (state_->ready) return;
  state_->ready = Fd(epoll_create1(EPOLL_CLOEXEC));
  if (!state_->ready) return;
  for (const auto& entry : state_->live) WatchForAny(*entry.second);
}

bool ReapTable::RemoveAny(AnyWait* any) {
  const Lock lock(Mutex());
  state_->any.remove(any);
  return any->done;
}

bool ReapTable::TakeAny(const AnyWait* any, Outcome* outcome) {
  const Lock lock(Mutex());
  if (any->done) *outcome = any->outcome;
  return any->done;
}

int ReapTable::ready_fd() {
  const Lock lock(Mutex());
  return state_->ready.get();
}

bool ReapTable::ServeAny() {
  const Lock lock(Mutex());
  return ServeAnyLocked();
}

bool ReapTable::ServeAnyLocked() {
  if (state_->any.empty()) return false;
  DrainReady();
  // Those that have ended: what is wanted is reaped, and Close offers it; the rest stays for those who will ask.
  std::vector<ChildRef> ended = std::move(state_->ended);
  state_->ended.clear();
  bool stubborn = false;
  for (const ChildRef& child : ended) {
    if (child->kind != Outcome::Kind::kNone) continue;
    if (Wanted(*child)) stubborn |= TryWaitLocked(*child, 0, state_->changes).kind == Outcome::Kind::kNone;
    if (child->kind == Outcome::Kind::kNone) state_->ended.push_back(child);
  }
  const bool some_want_changes =
      std::any_of(state_->any.begin(), state_->any.end(), [](const AnyWait* any) { return any->flags != 0; });
  if (some_want_changes || state_->unwatched > 0) ScanAll();
  RefuseAnyWithoutCandidates();
  return stubborn || state_->unwatched > 0 || some_want_changes;
}

void ReapTable::DrainReady() {
  if (!state_->ready) return;
  epoll_event events[64];
  int count;
  while ((count = epoll_wait(state_->ready.get(), events, 64, 0)) > 0) {
    for (int i = 0; i < count; i++) {
      const auto found = state_->live.find(events[i].data.u64);
      if (found == state_->live.end()) continue;
      epoll_ctl(state_->ready.get(), EPOLL_CTL_DEL, found->second->pidfd->get(), nullptr);
      state_->ended.push_back(found->second);
    }
  }
}

// Where nobody tells us: each child is asked, once for its end and once for each who wants to know of changes.
void ReapTable::ScanAll() {
  const std::map<uint64_t, ChildRef> live = state_->live;
  for (const auto& entry : live) {
    Child& child = *entry.second;
    if (!child.watched && Wanted(child)) TryWaitLocked(child, 0, state_->changes);
    for (auto any = state_->any.begin(); any != state_->any.end() && child.kind == Outcome::Kind::kNone;) {
      const auto current = any++;
      if ((*current)->flags == 0 || !Matches(child, 0, (*current)->selector)) continue;
      const Outcome outcome = TryWaitLocked(child, (*current)->flags, (*current)->since);
      if (child.kind != Outcome::Kind::kNone) break;  // it has ended, and was offered: the list is another one now
      if (outcome.kind != Outcome::Kind::kNone) Finish(current, outcome);
    }
  }
}

bool ReapTable::Wanted(const Child& child) {
  return std::any_of(state_->any.begin(), state_->any.end(),
                     [&](const AnyWait* any) { return Matches(child, 0, any->selector); });
}

// `group`: what it was before the reap, or 0: it still has one.
bool ReapTable::Matches(const Child& child, pid_t group, pid_t selector) const {
  if (selector == -1) return true;
  return (group != 0 ? group : getpgid(child.pid)) == -selector;
}

void ReapTable::GiveToAny(const Outcome& outcome, pid_t group) {
  for (auto any = state_->any.begin(); any != state_->any.end(); any++) {
    if ((*any)->selector != -1 && -(*any)->selector != group) continue;
    Finish(any, outcome);
    break;
  }
  RefuseAnyWithoutCandidates();
}

void ReapTable::Finish(std::list<AnyWait*>::iterator position, const Outcome& outcome) {
  AnyWait* any = *position;
  state_->any.erase(position);
  any->outcome = outcome;
  any->done = true;
  any->wake();
}

void ReapTable::RefuseAnyWithoutCandidates() {
  for (auto any = state_->any.begin(); any != state_->any.end();) {
    const auto current = any++;
    const pid_t selector = (*current)->selector;
    const bool hope = selector == -1 ? !state_->live.empty()
                                     : std::any_of(state_->live.begin(), state_->live.end(), [&](const auto& entry) {
                                         return Matches(*entry.second, 0, selector);
                                       });
    if (!hope) Finish(current, {Outcome::Kind::kNoChild, {}, false});
  }
}

void ReapTable::WatchForAny(Child& child) {
  if (!child.pidfd) return;
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = child.id;
  if (epoll_ctl(state_->ready.get(), EPOLL_CTL_ADD, child.pidfd->get(), &event) != 0) return;
  child.watched = true;
  state_->unwatched--;
}

// --- The rest -------------------------------------------------------------------------------------------------------

int ReapTable::Kill(pid_t pid, int signo) {
  if (pid > 0) {
    const Lock lock(Mutex());
    const auto found = state_->children.find(pid);
    if (found != state_->children.end()) {
      const Child& child = *found->second;
      if (child.kind != Outcome::Kind::kNone) return ESRCH;
      if (child.pidfd) return SendSignal(child.pidfd->get(), pid, signo);
      // Nothing in this package can reap it while we hold the mutex; and if something else has, it is no child any
      // more.
      return IsChild(pid) ? SendSignal(-1, pid, signo) : ESRCH;
    }
  }
  return kill(pid, signo) == 0 ? 0 : errno;
}

std::vector<ReapTable::Listed> ReapTable::List() {
  std::map<uint64_t, Listed> sorted;
  const Lock lock(Mutex());
  for (const auto& entry : state_->children) {
    const Child& child = *entry.second;
    Outcome outcome;
    outcome.kind = child.kind;
    outcome.status = child.status;
    sorted.emplace(child.id, Listed{child.pid, outcome});
  }
  std::vector<Listed> list;
  for (const auto& entry : sorted) list.push_back(entry.second);
  return list;
}

void ReapTable::LockForFork() {
  Mutex().lock();
  if (spare_) return;
  try {
    spare_ = std::make_unique<State>();
  } catch (const std::bad_alloc&) {
    // The child will try again. An exception must not come out of fork(2).
  }
}

void ReapTable::RenewInChild() {
  mutex_.Renew();
  generation_++;
  // What a process between here and the parent had left aside stays allocated.
  static_cast<void>(inherited_.release());
  inherited_ = std::move(state_);
  state_ = spare_ ? std::move(spare_) : std::make_unique<State>();
}

void ReapTable::CloseInheritedInChild() {
  if (!inherited_) return;
  // Through the references: threads of the parent that did not come along may have held them, too.
  for (const auto& entry : inherited_->live) {
    if (entry.second->pidfd) *entry.second->pidfd = Fd();
  }
  inherited_->ready = Fd();
  // The rest stays allocated: to free it would be to copy all pages that it lies in, a page for each three children.
}

}  // namespace posix_fork
