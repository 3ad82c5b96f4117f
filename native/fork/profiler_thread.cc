#include "fork/profiler_thread.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>

#include "sys/fd.h"
#include "sys/proc.h"
#include "sys/thread_id.h"

namespace posix_fork {

namespace {

enum State : int { kFree, kAsked, kStopped };

// Of the thread that is stopped: there is one fork at a time.
std::atomic<int> g_state{kFree};
std::atomic<pid_t> g_thread{0};
std::atomic<uint64_t> g_stack_pointer{0};
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

void Futex(int operation, int value) {
  syscall(SYS_futex, reinterpret_cast<int*>(&g_state), operation, value, nullptr, nullptr, 0);
}

// On whichever thread the signal comes to: the profiler's stands still, any other does what V8 wants.
void OnSignal(int signo, siginfo_t* info, void* context) {
  const int error = errno;
  if (ThreadId() != g_thread.load()) {
    if ((g_v8s.sa_flags & SA_SIGINFO) != 0) g_v8s.sa_sigaction(signo, info, context);
    errno = error;
    return;
  }
  g_stack_pointer = StackPointerIn(context);
  int asked = kAsked;
  if (g_state.compare_exchange_strong(asked, kStopped)) {
    while (g_state.load() == kStopped) Futex(FUTEX_WAIT_PRIVATE, kStopped);
  }
  errno = error;
}

void Wake() {
  g_state = kFree;
  Futex(FUTEX_WAKE_PRIVATE, INT_MAX);
}

// Whether it stands still, and in the very wait that it was seen in. (The signal interrupts that wait, which begins
// again.)
bool StopIn(const BlockedIn& blocked, pid_t tid) {
  g_state = kAsked;
  if (syscall(SYS_tgkill, getpid(), tid, SIGPROF) == 0) {
    const auto deadline = std::chrono::steady_clock::now() + kAMoment;
    while (g_state.load() == kAsked && std::chrono::steady_clock::now() < deadline) usleep(kShort);
  }
  if (g_state.load() == kStopped && g_stack_pointer.load() == blocked.stack_pointer) return true;
  Wake();
  return false;
}

}  // namespace

ProfilerStopped::ProfilerStopped(const std::vector<Thread>& uncovered) {
  const Thread* profiler = nullptr;
  int count = 0;
  for (const Thread& thread : uncovered) {
    if (thread.name != kProfilerThread) continue;
    profiler = &thread;
    count++;
  }
  if (count == 1) Stop(profiler->tid);
  g_may_profile = stopped_;
}

void ProfilerStopped::Stop(pid_t tid) {
  struct sigaction action = {};
  action.sa_sigaction = OnSignal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;  // not SA_RESTART: then its stack pointer says which wait it was in
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGPROF, nullptr, &g_v8s) != 0 || (g_v8s.sa_flags & SA_SIGINFO) == 0) return;
  g_thread = tid;
  if (sigaction(SIGPROF, &action, nullptr) != 0) return;
  const Fd file = OpenBlockedIn(tid);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  BlockedIn blocked;
  do {
    blocked = ReadBlockedIn(file);
    if (!blocked.running && blocked.number == SYS_futex) {
      stopped_ = StopIn(blocked, tid);
    } else {
      usleep(kShort);
    }
  } while (blocked.known && !stopped_ && std::chrono::steady_clock::now() < deadline);
  if (!stopped_) LetGo();
}

void ProfilerStopped::LetGo() {
  sigaction(SIGPROF, &g_v8s, nullptr);
  Wake();
}

ProfilerStopped::~ProfilerStopped() {
  if (stopped_) LetGo();
}

Napi::Value MayProfile(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), g_may_profile); }

}  // namespace posix_fork
