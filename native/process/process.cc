#include "process/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "sys/bytes.h"
#include "sys/errors.h"
#include "sys/retry.h"
#include "sys/ttou.h"

namespace posix_fork {

namespace {

int Int(const Napi::Value& value) { return value.As<Napi::Number>().Int32Value(); }

// What the call returned, or its errno as an error.
Napi::Value Checked(Napi::Env env, int result, const char* syscall) {
  if (result < 0) throw SystemError(env, errno, syscall);
  return Napi::Number::New(env, result);
}

}  // namespace

Napi::Value GetPid(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), getpid()); }

Napi::Value GetPpid(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), getppid()); }

Napi::Value GetPgid(const Napi::CallbackInfo& info) { return Checked(info.Env(), getpgid(Int(info[0])), "getpgid"); }

Napi::Value SetPgid(const Napi::CallbackInfo& info) {
  Checked(info.Env(), setpgid(Int(info[0]), Int(info[1])), "setpgid");
  return info.Env().Undefined();
}

Napi::Value GetSid(const Napi::CallbackInfo& info) { return Checked(info.Env(), getsid(Int(info[0])), "getsid"); }

Napi::Value SetSid(const Napi::CallbackInfo& info) { return Checked(info.Env(), setsid(), "setsid"); }

Napi::Value TcGetPgrp(const Napi::CallbackInfo& info) {
  return Checked(info.Env(), tcgetpgrp(Int(info[0])), "tcgetpgrp");
}

Napi::Value TcSetPgrp(const Napi::CallbackInfo& info) {
  int result;
  {
    const TtouBlocked blocked;
    result = Retry([&] { return tcsetpgrp(Int(info[0]), Int(info[1])); });
  }
  Checked(info.Env(), result, "tcsetpgrp");
  return info.Env().Undefined();
}

Napi::Value SetPdeathsig(const Napi::CallbackInfo& info) {
  Checked(info.Env(), prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(Int(info[0]))), "prctl");
  return info.Env().Undefined();
}

Napi::Value SetChildSubreaper(const Napi::CallbackInfo& info) {
  const unsigned long on = info[0].As<Napi::Boolean>().Value() ? 1 : 0;
  Checked(info.Env(), prctl(PR_SET_CHILD_SUBREAPER, on), "prctl");
  return info.Env().Undefined();
}

Napi::Value GetPriority(const Napi::CallbackInfo& info) {
  errno = 0;  // -1 is a nice value, too
  const int nice = getpriority(static_cast<decltype(PRIO_PROCESS)>(Int(info[0])), static_cast<id_t>(Int(info[1])));
  if (nice == -1 && errno != 0) throw SystemError(info.Env(), errno, "getpriority");
  return Napi::Number::New(info.Env(), nice);
}

Napi::Value SetPriority(const Napi::CallbackInfo& info) {
  const auto which = static_cast<decltype(PRIO_PROCESS)>(Int(info[0]));
  Checked(info.Env(), setpriority(which, static_cast<id_t>(Int(info[1])), Int(info[2])), "setpriority");
  return info.Env().Undefined();
}

Napi::Value ThreadName(const Napi::CallbackInfo& info) {
  constexpr size_t kSize = 16;  // TASK_COMM_LEN, with its NUL
  char name[kSize] = "";
  const bool set = !info[0].IsUndefined();
  if (set) strncpy(name, Bytes(info[0]).c_str(), kSize - 1);
  Checked(info.Env(), prctl(set ? PR_SET_NAME : PR_GET_NAME, name, 0, 0, 0), "prctl");
  return set ? info.Env().Undefined() : Napi::String::New(info.Env(), name);
}

Napi::Value Mkfifo(const Napi::CallbackInfo& info) {
  const std::string path = Bytes(info[0]);
  if (mkfifo(path.c_str(), static_cast<mode_t>(Int(info[1]))) != 0) {
    throw SystemError(info.Env(), errno, "mkfifo", path);
  }
  return info.Env().Undefined();
}

Napi::Value ExitNow(const Napi::CallbackInfo& info) { _exit(Int(info[0])); }

}  // namespace posix_fork
