#include "process/limits.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <limits>

#include "sys/errors.h"

namespace posix_fork {

namespace {

// The kernel's, of 64 bits; the same as rlimit64.
struct Limits {
  uint64_t soft, hard;
};
constexpr uint64_t kUnlimited = ~uint64_t{0};

double FromLimit(uint64_t limit) {
  return limit == kUnlimited ? std::numeric_limits<double>::infinity() : static_cast<double>(limit);
}

}  // namespace

std::optional<uint64_t> ToLimit(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const double number = value.As<Napi::Number>().DoubleValue();
  return std::isinf(number) ? kUnlimited : static_cast<uint64_t>(number);
}

const char* ResourceName(int resource) {
  switch (resource) {
    case RLIMIT_AS: return "as";
    case RLIMIT_CORE: return "core";
    case RLIMIT_CPU: return "cpu";
    case RLIMIT_DATA: return "data";
    case RLIMIT_FSIZE: return "fsize";
    case RLIMIT_LOCKS: return "locks";
    case RLIMIT_MEMLOCK: return "memlock";
    case RLIMIT_MSGQUEUE: return "msgqueue";
    case RLIMIT_NICE: return "nice";
    case RLIMIT_NOFILE: return "nofile";
    case RLIMIT_NPROC: return "nproc";
    case RLIMIT_RSS: return "rss";
    case RLIMIT_RTPRIO: return "rtprio";
    case RLIMIT_RTTIME: return "rttime";
    case RLIMIT_SIGPENDING: return "sigpending";
    case RLIMIT_STACK: return "stack";
    default: return "?";
  }
}

Napi::Value Prlimit(const Napi::CallbackInfo& info) {
  const int pid = info[0].As<Napi::Number>().Int32Value();
  const int resource = info[1].As<Napi::Number>().Int32Value();
  const std::optional<uint64_t> soft = ToLimit(info[2]);
  const std::optional<uint64_t> hard = ToLimit(info[3]);
  Limits old;
  // Not prlimit(3), whose limits are as wide as the C library's file offsets are.
  if (syscall(SYS_prlimit64, pid, resource, nullptr, &old) != 0) throw SystemError(info.Env(), errno, "prlimit");
  if (soft || hard) {
    const Limits limits{soft.value_or(old.soft), hard.value_or(old.hard)};
    if (syscall(SYS_prlimit64, pid, resource, &limits, &old) != 0) throw SystemError(info.Env(), errno, "prlimit");
  }
  Napi::Array result = Napi::Array::New(info.Env(), 2);
  result.Set(uint32_t{0}, Napi::Number::New(info.Env(), FromLimit(old.soft)));
  result.Set(uint32_t{1}, Napi::Number::New(info.Env(), FromLimit(old.hard)));
  return result;
}

}  // namespace posix_fork
