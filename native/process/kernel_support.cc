#include "process/kernel_support.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "reap/at_fork.h"
#include "reap/kernel.h"

namespace posix_fork {

namespace {

// Child. Async-signal-safe.
[[noreturn]] void EndInChild() { _exit(0); }

// Parent: whether the kernel tells how a process ended that has been reaped (Linux 6.15). It has to be tried: kernels
// that know PIDFD_GET_INFO, but not PIDFD_INFO_EXIT, take the request.
bool TryExitInfo() {
  const ForkLock one_at_a_time;
  const pid_t pid = vfork();   // NOLINT(clang-analyzer-security.insecureAPI.vfork): a child that ends at once
  if (pid == 0) EndInChild();  // NOLINT(clang-analyzer-unix.Vfork): by _exit
  if (pid < 0) return false;
  const Fd pidfd = OpenPidfd(pid);
  Status status;
  while (WaitNow(-1, pid, WEXITED, &status) == Report::kNothing) usleep(1000);
  int raw = -1;
  return ReadExitInfo(pidfd.get(), &raw) == ExitInfo::kKnown;
}

// Each is called with arguments that are refused before anything is done: an old kernel, or a filter of system calls,
// has another error.
constexpr int kNotOpen = 0x7fffffff;
constexpr int kNobody = -1;

bool Answers(long result, int expected) { return result < 0 && errno == expected; }

bool HasPidfdOpen() { return !WithoutWhat().pidfd && Answers(syscall(SYS_pidfd_open, kNobody, 0), EINVAL); }

bool HasPidfdSendSignal() { return Answers(syscall(SYS_pidfd_send_signal, kNotOpen, 0, nullptr, 0), EBADF); }

bool HasWaitidOfPidfd() {
  Status status;
  return LookAt(kIdIsPidfd, kNotOpen, WEXITED, &status) == EBADF;
}

bool HasExecveat() {
  char* const none[] = {nullptr};
  return Answers(syscall(SYS_execveat, kNotOpen, "", none, none, AT_EMPTY_PATH), EBADF);
}

bool HasCloseRange() {
#ifdef SYS_close_range
  return Answers(syscall(SYS_close_range, 1, 0, 0), EINVAL);
#else
  return false;
#endif
}

bool HasSetAffinity() {
  const unsigned long processors = 1;
  return Answers(syscall(SYS_sched_setaffinity, kNobody, sizeof processors, &processors), ESRCH);
}

bool HasSetScheduler() {
  const int priority = 0;
  return Answers(syscall(SYS_sched_setscheduler, kNobody, SCHED_OTHER, &priority), EINVAL);
}

bool HasCloneIntoCgroup() {
#if defined(SYS_clone3) && (defined(__x86_64__) || defined(__aarch64__))
  uint64_t arguments[11] = {0x200000000};  // struct clone_args: flags, and at last the cgroup
  arguments[4] = SIGCHLD;
  arguments[10] = kNotOpen;
  return Answers(syscall(SYS_clone3, arguments, sizeof arguments), EBADF);
#else
  return false;
#endif
}

}  // namespace

Napi::Value MissingCalls(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array missing = Napi::Array::New(env);
  const auto check = [&](bool here, const char* name) {
    if (!here) missing.Set(missing.Length(), Napi::String::New(env, name));
  };
  check(HasPidfdOpen(), "pidfd_open");
  check(HasPidfdSendSignal(), "pidfd_send_signal");
  check(HasWaitidOfPidfd(), "waitid(P_PIDFD)");
  check(HasExecveat(), "execveat");
  check(HasCloseRange(), "close_range");
  check(Answers(setns(kNotOpen, 0), EBADF), "setns");
  check(HasSetAffinity(), "sched_setaffinity");
  check(HasSetScheduler(), "sched_setscheduler");
  check(Answers(memfd_create("", ~0U), EINVAL), "memfd_create");
  check(HasCloneIntoCgroup(), "clone3(CLONE_INTO_CGROUP)");
  return missing;
}

Napi::Value KernelSupport(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object support = Napi::Object::New(env);
  const bool pidfd = static_cast<bool>(OpenPidfd(getpid()));
  support.Set("pidfd", Napi::Boolean::New(env, pidfd));
  support.Set("pidfdGetInfo", Napi::Boolean::New(env, pidfd && TryExitInfo()));
  return support;
}

}  // namespace posix_fork
