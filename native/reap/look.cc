#include "reap/look.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "reap/wait.h"
#include "sys/errors.h"

namespace posix_fork {

namespace {

using Clock = std::chrono::steady_clock;
// How often, in milliseconds, a look that waits asks whether it still should; and how often it looks where no
// descriptor tells: of a group, of any child, of stops and continuations.
constexpr int kGoOnInterval = 50;
constexpr int kLookInterval = 10;

// What becomes readable when the one child ends that is looked at, if nothing else is to be told; or none.
Fd EndOf(idtype_t type, int id, int flags) {
  if (flags & (WSTOPPED | WCONTINUED)) return Fd();
  if (type == P_PID) return OpenPidfd(id);
  return type == kIdIsPidfd ? Fd(fcntl(id, F_DUPFD_CLOEXEC, 0)) : Fd();
}

}  // namespace

Napi::Value LookAtSync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto number = [&](size_t i) { return info[i].As<Napi::Number>().Int32Value(); };
  const auto type = static_cast<idtype_t>(number(0));
  const int id = number(1);
  const int flags = number(2);
  const int timeout = number(3);
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout);
  std::optional<Fd> end;
  for (;;) {
    const bool over = timeout >= 0 && Clock::now() >= deadline;  // before the last look
    Outcome outcome{Outcome::Kind::kStatus, {}, false};
    if (const int error = LookAt(type, id, flags & ~WNOHANG, &outcome.status)) throw SystemError(env, error, "waitid");
    if (outcome.status.pid != 0) return OutcomeToValue(env, outcome).status;
    if ((flags & WNOHANG) || over) return env.Null();
    if (!end) end = EndOf(type, id, flags);
    int interval = *end ? kGoOnInterval : kLookInterval;
    if (timeout >= 0) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      interval = static_cast<int>(std::clamp<int64_t>(left, 0, interval));
    }
    pollfd poller = {end->get(), POLLIN, 0};
    poll(&poller, 1, interval);  // a negative descriptor is passed over; EINTR: it looks again anyway
    const Napi::HandleScope scope(env);
    napi_value result;
    if (napi_call_function(env, env.Undefined(), info[4], 0, nullptr, &result) != napi_ok) return env.Undefined();
  }
}

}  // namespace posix_fork
