// Whose child is it, and what became of it? One table per process, for all its threads.
//
// waitpid(2) gives a status to whoever comes first; everybody else gets ECHILD. Here the first one records it, and
// everybody gets it. No Node-API in here: the table is also tested as a plain program (test/native/).
//
// One mutex guards everything. Under it there are system calls that return at once, never one that blocks: who has to
// wait does so outside, on the pidfd, and then takes what there is under the mutex.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "reap/kernel.h"
#include "sys/fd.h"
#include "sys/renewable_mutex.h"

namespace posix_fork {

/// What a wait comes to.
struct Outcome {
  enum class Kind {
    kNone,         // nothing yet
    kStatus,       // `status` says
    kStatusLost,   // something else reaped status.pid, and nobody knows how it ended
    kNoChild,      // ECHILD
    kInterrupted,  // the thread is to end
  };
  Kind kind = Kind::kNone;
  Status status;
  // With kNone: the child has ended, but the kernel does not give it up yet (a debugger has it, or it is just being
  // reaped by something else). Its pidfd is readable all the time and so says nothing; ask again a little later.
  bool try_again = false;
};

class ReapTable {
 public:
  struct Child;
  /// Which child of ours: not a number, which may come back as another's.
  using ChildRef = std::shared_ptr<Child>;
  using PidfdRef = std::shared_ptr<Fd>;

  /// How many ended children are remembered, oldest forgotten first. The kernel's own default number of pids
  /// (PID_MAX_DEFAULT, include/linux/threads.h): where pids are that few, a status lasts until its pid is used again.
  /// Where they are more, a memory of this size costs 9 MB at the most. Measure: test/native/table_test.cc, "memory".
  static constexpr size_t kHistory = 32768;

  explicit ReapTable(size_t history = kHistory) : history_bound_(history) {}
  ReapTable(const ReapTable&) = delete;
  ReapTable& operator=(const ReapTable&) = delete;

  /// The process's own; lives as long as the process.
  static ReapTable& Get();

  /// How a child enters the table. Parent, before: made before the system call that starts the child, kept until after
  /// Add. Without one alive, a child that has been started and not yet added could be taken for a stranger that
  /// uses an old pid again.
  ///
  ///     ReapTable::Registration registration(ReapTable::Get());
  ///     const pid_t pid = fork();               // or posix_spawn, clone3 …
  ///     if (pid > 0) registration.Add(pid);     // the parent only, and at once
  ///
  /// Add comes before anything that takes time, because the pidfd that it opens is the only thing that still knows
  /// the child's status should something else reap it; and before anybody is told the pid. Allocates; takes the mutex
  /// for a moment. No other lock but those of reap/at_fork.h may be held. After a fork that failed, and in the child,
  /// just let it go.
  class Registration {
   public:
    explicit Registration(ReapTable& table);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    /// `pidfd`: the child's, if the system call gave one (CLONE_PIDFD); otherwise the table opens it.
    void Add(pid_t pid, Fd pidfd = Fd());

   private:
    ReapTable& table_;
    uint64_t generation_;
  };

  enum class Owner { kPackage, kOther, kNone };
  /// kOther: a child of this process, but started by something else (libuv, another addon), whose business it is.
  Owner Find(pid_t pid, ChildRef* child);

  /// Takes what there is to know of a child, without blocking: reaps it if it has ended. `flags` of WUNTRACED and
  /// WCONTINUED; `since`: changes() as it was when the caller began to wait.
  Outcome TryWait(const ChildRef& child, int flags, uint64_t since);

  /// How many stops and continuations have been taken note of.
  uint64_t changes();

  /// What becomes readable when the child ends; null if it was not to be had, or the child is reaped.
  PidfdRef PidfdOf(const ChildRef& child);

  /// Asked every now and then by a call that blocks; false: give up, the thread is to end.
  using GoOn = std::function<bool()>;

  /// Until when a call blocks, at most.
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;

  /// waitpid(pid) as a blocking call (with WNOHANG in `flags`: not blocking). kNone: nothing until the deadline.
  Outcome Wait(const ChildRef& child, int flags, const GoOn& go_on, const Deadline& deadline = {});

  /// waitpid(0), waitpid(-1), waitpid(-pgid) of our children only.
  Outcome WaitAny(pid_t selector, int flags, const GoOn& go_on, const Deadline& deadline = {});

  /// One that waits for whichever child comes next. The end of each child goes to one of these at most, first come
  /// first served, whoever else has asked for that child in particular.
  struct AnyWait {
    pid_t selector = -1;  // -1, or -pgid
    int flags = 0;
    uint64_t since = 0;
    bool done = false;
    Outcome outcome;
    std::function<void()> wake;  // called under the mutex, on any thread, once, when `done` becomes true
  };
  /// The AnyWait must stay where it is until it is done or removed.
  void AddAny(AnyWait* any, pid_t selector, int flags);
  /// True if it was done already.
  bool RemoveAny(AnyWait* any);
  /// Gives the waiting ones what there is. True if there are children or flags of which ready_fd() does not tell.
  bool ServeAny();
  /// True, and the outcome, if it is done.
  bool TakeAny(const AnyWait* any, Outcome* outcome);
  /// Becomes readable when a child ends; -1 where it cannot be had. Lives as long as the process; valid after AddAny.
  int ready_fd();

  /// kill(2), but never of a process that got the pid of a child of ours that is reaped. Returns 0 or an errno.
  int Kill(pid_t pid, int signo);

  struct Listed {
    pid_t pid;
    Outcome outcome;  // kNone: not reaped yet
  };
  /// Everything in the table, oldest first.
  std::vector<Listed> List();

  /// Of processes: which fork of a fork this is. It changes in a child only.
  uint64_t generation() const { return generation_; }

  /// pthread_atfork: prepare, parent, child.
  void LockForFork();
  void UnlockInParent() { Mutex().unlock(); }
  /// Child only, also in the one that libuv forks for an exec: the table is empty, its mutex new. No malloc (only the C
  /// library's own works in a child whose parent had threads), no lock, no work that grows with the table.
  void RenewInChild();
  /// Child only, after RenewInChild, and only in a child that goes on as a whole process: closes what it inherited.
  void CloseInheritedInChild();

 private:
  using Lock = std::lock_guard<std::mutex>;
  std::mutex& Mutex() { return mutex_.get(); }
  bool Matches(const Child& child, pid_t group, pid_t selector) const;
  Outcome TryWaitLocked(Child& child, int flags, uint64_t since);
  void Close(Child& child, Outcome::Kind kind, const Status& status, pid_t group);
  void GiveToAny(const Outcome& outcome, pid_t group);
  void Finish(std::list<AnyWait*>::iterator any, const Outcome& outcome);
  bool Wanted(const Child& child);
  bool ServeAnyLocked();
  void DrainReady();
  void ScanAll();
  void RefuseAnyWithoutCandidates();
  void WatchForAny(Child& child);
  void Remember(const Child& child);

  RenewableMutex mutex_;
  const size_t history_bound_;
  uint64_t generation_ = 0;
  // In one piece, so that the child of a fork can set the parent's aside at once, whatever its size.
  struct State {
    uint64_t next_id = 1;
    uint64_t changes = 0;
    int registrations = 0;
    std::unordered_map<pid_t, ChildRef> children;
    std::map<uint64_t, ChildRef> live;               // not reaped yet, oldest first
    std::deque<std::pair<pid_t, uint64_t>> history;  // reaped, oldest first
    std::list<AnyWait*> any;                         // not done, first come first
    Fd ready;                                        // epoll: the pidfds of `live`, from the first AnyWait on
    std::vector<ChildRef> ended;                     // told by `ready`, but wanted by nobody yet
    size_t unwatched = 0;                            // of `live`, not in `ready`
  };
  std::unique_ptr<State> state_ = std::make_unique<State>();
  std::unique_ptr<State> spare_ = std::make_unique<State>();  // for the next child
  std::unique_ptr<State> inherited_;                          // in a child: the parent's
};

struct ReapTable::Child {
  Child(pid_t pid, uint64_t id, PidfdRef pidfd) : pid(pid), id(id), pidfd(std::move(pidfd)) {}
  const pid_t pid;
  const uint64_t id;
  // The rest is guarded by the table's mutex.
  PidfdRef pidfd;
  bool watched = false;  // its pidfd is, or has been, in `ready`
  Outcome::Kind kind = Outcome::Kind::kNone;
  Status status;
  int change = 0;              // the last stop or continuation
  uint64_t change_number = 0;  // which of changes() it was
};

}  // namespace posix_fork
