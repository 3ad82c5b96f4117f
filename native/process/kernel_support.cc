#include "process/kernel_support.h"

#include <sys/wait.h>
#include <unistd.h>

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

}  // namespace

Napi::Value KernelSupport(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object support = Napi::Object::New(env);
  const bool pidfd = static_cast<bool>(OpenPidfd(getpid()));
  support.Set("pidfd", Napi::Boolean::New(env, pidfd));
  support.Set("pidfdGetInfo", Napi::Boolean::New(env, pidfd && TryExitInfo()));
  return support;
}

}  // namespace posix_fork
