// Who is this process, whom does it belong to, and how does it end? The system calls of one line.
#pragma once

#include <napi.h>

namespace posix_fork {

/// getpid(): number
Napi::Value GetPid(const Napi::CallbackInfo& info);
/// getppid(): number
Napi::Value GetPpid(const Napi::CallbackInfo& info);
/// getpgid(pid): number
Napi::Value GetPgid(const Napi::CallbackInfo& info);
/// setpgid(pid, pgid)
Napi::Value SetPgid(const Napi::CallbackInfo& info);
/// getsid(pid): number
Napi::Value GetSid(const Napi::CallbackInfo& info);
/// setsid(): number
Napi::Value SetSid(const Napi::CallbackInfo& info);
/// tcgetpgrp(fd): number
Napi::Value TcGetPgrp(const Napi::CallbackInfo& info);
/// tcsetpgrp(fd, pgid)
Napi::Value TcSetPgrp(const Napi::CallbackInfo& info);
/// setPdeathsig(signo)
Napi::Value SetPdeathsig(const Napi::CallbackInfo& info);
/// setChildSubreaper(on)
Napi::Value SetChildSubreaper(const Napi::CallbackInfo& info);
/// getPriority(which, who): number. `which`: PRIO_PROCESS, PRIO_PGRP, PRIO_USER
Napi::Value GetPriority(const Napi::CallbackInfo& info);
/// setPriority(which, who, nice)
Napi::Value SetPriority(const Napi::CallbackInfo& info);
/// threadName(name?): string | undefined. With a name of at most 15 bytes: sets it.
Napi::Value ThreadName(const Napi::CallbackInfo& info);
/// mkfifo(path, mode)
Napi::Value Mkfifo(const Napi::CallbackInfo& info);
/// _exit(code): never
Napi::Value ExitNow(const Napi::CallbackInfo& info);

}  // namespace posix_fork
