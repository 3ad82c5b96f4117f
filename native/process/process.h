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
/// _exit(code): never
Napi::Value ExitNow(const Napi::CallbackInfo& info);

}  // namespace posix_fork
