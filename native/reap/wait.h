// How does JavaScript wait for and signal children, without an event loop? waitpid(2), children and kill(2).
#pragma once

#include <napi.h>

#include "reap/table.h"

namespace posix_fork {

/// What a wait came to, for JavaScript: the error to throw, or { pid, raw, rusage } (times in microseconds, maxRSS in
/// kilobytes, as process.resourceUsage() has them; null if something else reaped the child), or null for nothing yet.
struct OutcomeValue {
  Napi::Value error;
  Napi::Value status;
};
OutcomeValue OutcomeToValue(Napi::Env env, const Outcome& outcome);

/// The child of ours that the pid means. Throws ECHILD or ERR_CHILD_NOT_OURS.
ReapTable::ChildRef RequireOurs(Napi::Env env, pid_t pid);

/// waitpidSync(pid, flags, noop): status | null. `noop`: a function to call now and then; V8 does not call it in a
/// thread that is to end.
Napi::Value WaitpidSync(const Napi::CallbackInfo& info);

/// children(): { pid, lost, status: status | null }[]
Napi::Value Children(const Napi::CallbackInfo& info);

/// kill(pid, signo): void
Napi::Value Kill(const Napi::CallbackInfo& info);

/// sigrtmin(): number, which the C library knows
Napi::Value SigRtMin(const Napi::CallbackInfo& info);

/// killByPidfd(pidfd, pid, signo): void. Of another process's child, which may have ended: that is no error.
Napi::Value KillByPidfd(const Napi::CallbackInfo& info);

}  // namespace posix_fork
