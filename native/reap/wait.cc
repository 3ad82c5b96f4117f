#include "reap/wait.h"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "sys/errors.h"

namespace posix_fork {

namespace {

Napi::Value UsageToValue(Napi::Env env, const Status& status) {
  if (!status.has_usage) return env.Null();
  const Usage& usage = status.usage;
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char* name, int64_t value) {
    object.Set(name, Napi::Number::New(env, static_cast<double>(value)));
  };
  set("userCPUTime", usage.user_time);
  set("systemCPUTime", usage.system_time);
  set("maxRSS", usage.max_rss);
  set("minorPageFault", usage.minor_faults);
  set("majorPageFault", usage.major_faults);
  set("fsRead", usage.fs_reads);
  set("fsWrite", usage.fs_writes);
  set("voluntaryContextSwitches", usage.voluntary_switches);
  set("involuntaryContextSwitches", usage.involuntary_switches);
  return object;
}

Napi::Value StatusToObject(Napi::Env env, const Status& status) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("pid", Napi::Number::New(env, status.pid));
  object.Set("raw", Napi::Number::New(env, status.raw));
  object.Set("rusage", UsageToValue(env, status));
  return object;
}

Napi::Error StatusLost(Napi::Env env, pid_t pid) {
  Napi::Error error = CodedError(
      env, "ERR_CHILD_STATUS_LOST",
      "Child " + std::to_string(pid) +
          " has ended, but something else in this process reaped it (an addon that waits for any child, or SIGCHLD is "
          "ignored), and this kernel does not tell its status afterwards (Linux 6.15 and later do)");
  error.Set("pid", Napi::Number::New(env, pid));
  return error;
}

bool Exists(pid_t pid) { return kill(pid, 0) == 0 || errno == EPERM; }

Napi::Error NotOurs(Napi::Env env, pid_t pid) {
  Napi::Error error = CodedError(
      env, "ERR_CHILD_NOT_OURS",
      "Process " + std::to_string(pid) +
          " is a child of this process, but posix-fork did not start it. If child_process did, listen for the "
          "'exit' event of its ChildProcess; otherwise ask the addon that started it. Waiting for it here "
          "would take the status away from them");
  error.Set("pid", Napi::Number::New(env, pid));
  return error;
}

}  // namespace

OutcomeValue OutcomeToValue(Napi::Env env, const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::kStatus: return {env.Null(), StatusToObject(env, outcome.status)};
    case Outcome::Kind::kStatusLost: return {StatusLost(env, outcome.status.pid).Value(), env.Null()};
    case Outcome::Kind::kNoChild: return {SystemError(env, ECHILD, "waitpid").Value(), env.Null()};
    case Outcome::Kind::kNone:
    case Outcome::Kind::kInterrupted: break;
  }
  return {env.Null(), env.Null()};
}

ReapTable::ChildRef RequireOurs(Napi::Env env, pid_t pid) {
  ReapTable::ChildRef child;
  switch (ReapTable::Get().Find(pid, &child)) {
    case ReapTable::Owner::kPackage: break;
    case ReapTable::Owner::kOther: throw NotOurs(env, pid);
    case ReapTable::Owner::kNone: throw SystemError(env, ECHILD, "waitpid");
  }
  return child;
}

Napi::Value WaitpidSync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const pid_t pid = info[0].As<Napi::Number>().Int32Value();
  const int flags = info[1].As<Napi::Number>().Int32Value();
  const napi_value noop = info[2];
  ReapTable::Deadline deadline;
  if (info.Length() > 3 && !info[3].IsUndefined()) {
    const auto timeout = std::chrono::milliseconds(info[3].As<Napi::Number>().Int64Value());
    deadline = std::chrono::steady_clock::now() + timeout;
  }
  const ReapTable::GoOn go_on = [&] {
    const Napi::HandleScope scope(env);
    napi_value result;
    return napi_call_function(env, env.Undefined(), noop, 0, nullptr, &result) == napi_ok;
  };
  const Outcome outcome = pid > 0 ? ReapTable::Get().Wait(RequireOurs(env, pid), flags, go_on, deadline)
                                  : ReapTable::Get().WaitAny(pid, flags, go_on, deadline);
  if (outcome.kind == Outcome::Kind::kInterrupted) return env.Undefined();
  const OutcomeValue value = OutcomeToValue(env, outcome);
  if (!value.error.IsNull()) throw Napi::Error(env, value.error);
  return value.status;
}

Napi::Value Children(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  for (const ReapTable::Listed& listed : ReapTable::Get().List()) {
    const Napi::HandleScope scope(env);
    const bool ended = listed.outcome.kind == Outcome::Kind::kStatus;
    Napi::Object object = Napi::Object::New(env);
    object.Set("pid", Napi::Number::New(env, listed.pid));
    object.Set("lost", Napi::Boolean::New(env, listed.outcome.kind == Outcome::Kind::kStatusLost));
    object.Set("status", ended ? StatusToObject(env, listed.outcome.status) : env.Null());
    list.Set(list.Length(), object);
  }
  return list;
}

namespace {

Napi::Error KillError(Napi::Env env, int failed, pid_t pid) {
  Napi::Error error = SystemError(env, failed, "kill");
  // The caller may mean either of the two. So nothing is sent, rather than a signal to a stranger.
  if (failed == ESRCH && pid > 0 && Exists(pid)) {
    error.Set("message", error.Message() + ": child " + std::to_string(pid) +
                             " has been reaped. Another process has its pid by now; process.kill() reaches that");
  }
  return error;
}

}  // namespace

Napi::Value Kill(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const pid_t pid = info[0].As<Napi::Number>().Int32Value();
  const int signo = info[1].As<Napi::Number>().Int32Value();
  const int failed = ReapTable::Get().Kill(pid, signo);
  if (failed == 0) return env.Undefined();
  throw KillError(env, failed, pid);
}

Napi::Value SigRtMin(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), SIGRTMIN); }

Napi::Value KillByPidfd(const Napi::CallbackInfo& info) {
  const auto number = [&](size_t i) { return info[i].As<Napi::Number>().Int32Value(); };
  const int error = SendSignal(number(0), number(1), number(2));
  if (error != 0 && error != ESRCH) throw SystemError(info.Env(), error, "kill");
  return info.Env().Undefined();
}

}  // namespace posix_fork
