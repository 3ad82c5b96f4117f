#include "fork/profiler_thread.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdint>

#include "fork/dead_threads.h"
#include "sys/fd.h"
#include "sys/proc.h"
#include "sys/thread_id.h"

namespace posix_fork {

namespace {

enum State : int { kFree, kAsked, kStopped };

// A thread that is asked to stand still (a profiler's), or to say that it is in no handler of SIGPROF (a Worker's).
struct Asked {
  std::atomic<pid_t> tid{0};
  std::atomic<int> state{kFree};
  std::atomic<uint64_t> stack_pointer{0};
  std::atomic<uintptr_t> waits_on{0};  // a profiler's word for the futex
  std::atomic<bool> stops{false};
};

// There is one fork at a time.
constexpr size_t kMost = 64;
Asked g_asked[kMost];
std::atomic<size_t> g_count{0};
struct sigaction g_v8s;  // its action for SIGPROF

// Of the last fork; a child has it with its memory.
bool g_may_profile = false;

constexpr std::chrono::milliseconds kAMoment(100);
// It rests once in an interval: 1 ms, if nobody has asked for less.
constexpr std::chrono::milliseconds kPatience(500);
constexpr useconds_t kShort = 20;  // us

uint64_t StackPointerIn(const void* context) {
  const auto* const machine = &static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<uint64_t>(machine->gregs[REG_RSP]);
#else
  return machine->sp;
#endif
}

void Futex(Asked* asked, int operation, int value) {
  syscall(SYS_futex, reinterpret_cast<int*>(&asked->state), operation, value, nullptr, nullptr, 0);
}

Asked* FindAsked(pid_t tid) {
  for (size_t i = 0; i < g_count.load(); i++) {
    if (g_asked[i].tid.load() == tid) return &g_asked[i];
  }
  return nullptr;
}

// On whichever thread the signal comes to: a profiler's stands still, a Worker's says so, any other does what V8 wants.
void OnSignal(int signo, siginfo_t* info, void* context) {
  const int error = errno;
  Asked* const self = FindAsked(ThreadId());
  int asked = kAsked;
  if (self != nullptr) self->stack_pointer = StackPointerIn(context);
  if (self == nullptr || !self->state.compare_exchange_strong(asked, kStopped)) {
    if (self == nullptr || !self->stops) g_v8s.sa_sigaction(signo, info, context);
  } else if (self->stops) {
    while (self->state.load() == kStopped) Futex(self, FUTEX_WAIT_PRIVATE, kStopped);
  }
  errno = error;
}

void Wake(Asked* asked) {
  asked->state = kFree;
  Futex(asked, FUTEX_WAKE_PRIVATE, INT_MAX);
}

// Whether its handler has run.
bool Signal(Asked* asked) {
  asked->state = kAsked;
  if (syscall(SYS_tgkill, getpid(), asked->tid.load(), SIGPROF) == 0) {
    const auto deadline = std::chrono::steady_clock::now() + kAMoment;
    while (asked->state.load() == kAsked && std::chrono::steady_clock::now() < deadline) usleep(kShort);
  }
  return asked->state.load() == kStopped;
}

Asked* Add(pid_t tid, bool stops) {
  const size_t count = g_count.load();
  if (count == kMost) return nullptr;
  Asked* const asked = &g_asked[count];
  asked->tid = tid;
  asked->state = kFree;
  asked->stops = stops;
  g_count = count + 1;
  return asked;
}

// It waits for its next sample until a certain time; for a mutex, while it may have another, for as long as it takes.
bool WaitsForNextSample(const BlockedIn& blocked) {
  return !blocked.running && blocked.number == SYS_futex && blocked.args[3] != 0;
}

// Stops a profiler in the wait for its next sample, and in that one only: in another place it may have a mutex. (The
// signal interrupts that wait, which begins again.)
bool Stop(pid_t tid) {
  Asked* const profiler = Add(tid, true);
  if (profiler == nullptr) return false;
  const Fd file = OpenBlockedIn(tid);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  BlockedIn blocked;
  do {
    blocked = ReadBlockedIn(file);
    if (WaitsForNextSample(blocked)) {
      profiler->waits_on = blocked.args[0];
      if (Signal(profiler) && profiler->stack_pointer.load() == blocked.stack_pointer) return true;
      Wake(profiler);
    } else {
      usleep(kShort);
    }
  } while (blocked.known && std::chrono::steady_clock::now() < deadline);
  return false;
}

// Once a signal of ours has come to a Worker, none of V8's is being handled there (a signal is blocked in its own
// handler), and none will be: all profilers stand still.
bool IsInNoHandler(pid_t tid) {
  Asked* const worker = Add(tid, false);
  return worker != nullptr && Signal(worker);
}

// False if the action for SIGPROF is the program's, or nobody's.
bool ReadV8s(struct sigaction* action) {
  if (sigaction(SIGPROF, nullptr, action) != 0 || (action->sa_flags & SA_SIGINFO) == 0) return false;
  return action->sa_handler != SIG_IGN && action->sa_handler != SIG_DFL;  // the flag says nothing then
}

// On Node 20 and 22 a Worker that runs is a thread without a name.
bool MayBeWorker(const Thread& thread) {
  return !IsProfiler(thread) && (thread.kind == ThreadKind::kWorker || thread.unnamed);
}

}  // namespace

ProfilerStopped::ProfilerStopped(const std::vector<Thread>& uncovered) {
  if (std::any_of(uncovered.begin(), uncovered.end(), IsProfiler)) StopAll(uncovered);
  g_may_profile = stopped_;
}

void ProfilerStopped::StopAll(const std::vector<Thread>& uncovered) {
  struct sigaction action = {};
  action.sa_sigaction = OnSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;  // as V8's
  sigemptyset(&action.sa_mask);
  if (!ReadV8s(&g_v8s)) return;
  g_count = 0;
  if (sigaction(SIGPROF, &action, nullptr) != 0) return;
  stopped_ = std::all_of(uncovered.begin(), uncovered.end(),
                         [](const Thread& thread) { return !IsProfiler(thread) || Stop(thread.tid); });
  stopped_ = stopped_ && std::all_of(uncovered.begin(), uncovered.end(), [](const Thread& thread) {
               return !MayBeWorker(thread) || IsInNoHandler(thread.tid);
             });
  if (!stopped_) LetGo();
}

void ProfilerStopped::ForgetInChild() const {
  for (size_t i = 0; stopped_ && i < g_count.load(); i++) {
    if (g_asked[i].stops) ForgetWaiterInChild(g_asked[i].waits_on);
  }
}

// In a child V8 may have taken its own action back meanwhile, with the last profile.
void ProfilerStopped::LetGo() {
  struct sigaction now;
  if (sigaction(SIGPROF, nullptr, &now) == 0 && now.sa_sigaction == OnSignal) sigaction(SIGPROF, &g_v8s, nullptr);
  for (size_t i = 0; i < g_count.load(); i++) Wake(&g_asked[i]);
}

ProfilerStopped::~ProfilerStopped() {
  if (stopped_) LetGo();
}

Napi::Value MayProfile(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), g_may_profile); }

Napi::Value StopsProfilers(const Napi::CallbackInfo& info) {
  struct sigaction action;
  return Napi::Boolean::New(info.Env(), KnowsConditions() && ReadV8s(&action));
}

}  // namespace posix_fork
