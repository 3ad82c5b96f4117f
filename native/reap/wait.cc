#include "reap/wait.h"

#include <sys/wait.h>

#include <cerrno>

#include "sys/errors.h"

namespace posix_fork {

namespace {

double Microseconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
}

Napi::Object UsageToObject(Napi::Env env, const rusage& usage) {
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char* name, double value) { object.Set(name, Napi::Number::New(env, value)); };
  set("userCPUTime", Microseconds(usage.ru_utime));
  set("systemCPUTime", Microseconds(usage.ru_stime));
  set("maxRSS", static_cast<double>(usage.ru_maxrss));
  set("minorPageFault", static_cast<double>(usage.ru_minflt));
  set("majorPageFault", static_cast<double>(usage.ru_majflt));
  set("fsRead", static_cast<double>(usage.ru_inblock));
  set("fsWrite", static_cast<double>(usage.ru_oublock));
  set("voluntaryContextSwitches", static_cast<double>(usage.ru_nvcsw));
  set("involuntaryContextSwitches", static_cast<double>(usage.ru_nivcsw));
  return object;
}

}  // namespace

int Wait4(pid_t pid, int flags, Reaped* reaped) {
  do {
    reaped->pid = wait4(pid, &reaped->raw, flags, &reaped->usage);
  } while (reaped->pid < 0 && errno == EINTR);
  return reaped->pid < 0 ? errno : 0;
}

Napi::Object ReapedToObject(Napi::Env env, const Reaped& reaped) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("pid", Napi::Number::New(env, reaped.pid));
  object.Set("raw", Napi::Number::New(env, reaped.raw));
  object.Set("rusage", UsageToObject(env, reaped.usage));
  return object;
}

Napi::Value WaitpidSync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const pid_t pid = info[0].As<Napi::Number>().Int32Value();
  const int flags = info[1].As<Napi::Number>().Int32Value();
  Reaped reaped;
  if (const int error = Wait4(pid, flags, &reaped)) throw SystemError(env, error, "waitpid");
  if (reaped.pid == 0) return env.Null();
  return ReapedToObject(env, reaped);
}

}  // namespace posix_fork
