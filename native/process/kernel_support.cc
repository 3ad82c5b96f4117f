#include "process/kernel_support.h"

#include <fcntl.h>
#include <signal.h>
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

// Each is called with a descriptor that is not open, which is the last thing that it looks at.
constexpr int kNotOpen = 0x7fffffff;

bool HasWaitidOfPidfd() {
  Status status;
  return LookAt(kIdIsPidfd, kNotOpen, WEXITED, &status) == EBADF;
}

bool HasExecveat() {
  char* const none[] = {nullptr};
  return syscall(SYS_execveat, kNotOpen, "", none, none, AT_EMPTY_PATH) < 0 && errno == EBADF;
}

bool HasCloneIntoCgroup() {
#if defined(SYS_clone3) && (defined(__x86_64__) || defined(__aarch64__))
  uint64_t arguments[11] = {0x200000000};  // struct clone_args: flags, and at last the cgroup
  arguments[4] = SIGCHLD;
  arguments[10] = kNotOpen;
  return syscall(SYS_clone3, arguments, sizeof arguments) < 0 && errno == EBADF;
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
  check(static_cast<bool>(OpenPidfd(getpid())), "pidfd_open");
  check(HasWaitidOfPidfd(), "waitid(P_PIDFD)");
  check(HasExecveat(), "execveat");
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
