// What became of a child? wait4(2), blocking and not.
#pragma once

#include <napi.h>
#include <sys/resource.h>

namespace posix_fork {

/// What the kernel tells when it gives up a zombie.
struct Reaped {
  pid_t pid;  // 0: WNOHANG, and no child has changed its state
  int raw;
  rusage usage;
};

/// wait4(2), again after EINTR. Returns 0 or an errno.
int Wait4(pid_t pid, int flags, Reaped* reaped);

/// { pid, raw, rusage } with times in microseconds and maxRSS in kilobytes, as process.resourceUsage() has them.
Napi::Object ReapedToObject(Napi::Env env, const Reaped& reaped);

/// waitpidSync(pid, flags): { pid, raw, rusage } | null
Napi::Value WaitpidSync(const Napi::CallbackInfo& info);

}  // namespace posix_fork
