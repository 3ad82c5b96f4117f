// Which of the kernel's newer features are here? For support() and `posix-fork doctor`.
#pragma once

#include <napi.h>

namespace posix_fork {

/// missingCalls(): string[]. Which of these are not to be had, by an old kernel or by a filter of system calls:
/// pidfd_open, pidfd_send_signal, waitid(P_PIDFD), execveat, close_range, setns, sched_setaffinity, sched_setscheduler,
/// memfd_create, clone3(CLONE_INTO_CGROUP). They are tried in such a way that they do nothing.
Napi::Value MissingCalls(const Napi::CallbackInfo& info);

/// kernelSupport(): { pidfd: boolean, pidfdGetInfo: boolean }
Napi::Value KernelSupport(const Napi::CallbackInfo& info);

}  // namespace posix_fork
