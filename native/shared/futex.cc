#include "shared/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace posix_fork {

namespace {

// How late a Worker's end, and a lock whose owner died, may be noticed. 20 looks a second cost 0.1 % of a processor.
constexpr std::chrono::milliseconds kSlice(50);

// A year: what is longer is for ever, and does not overflow.
constexpr double kLongest = 365.0 * 24 * 3600 * 1000;

}  // namespace

Waiter::Waiter(Napi::Env env, double timeout, napi_value noop)
    : env_(env),
      noop_(noop),
      forever_(timeout > kLongest),
      deadline_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double, std::milli>(std::min(timeout, kLongest)))) {}

// FUTEX_WAIT_BITSET takes a point in time of CLOCK_MONOTONIC. It is also how fork() tells a Worker that waits for a
// word of the program's from one that waits for a mutex: native/threads/held_workers.cc.
Waiter::Outcome Waiter::Wait(std::atomic<uint32_t>* word, uint32_t expected) {
  const Clock::time_point now = Clock::now();
  if (!forever_ && now >= deadline_) return Outcome::kTimedOut;
  const Clock::time_point until = forever_ ? now + kSlice : std::min(deadline_, now + kSlice);
  const auto since_boot = until.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
  const timespec at = {static_cast<time_t>(seconds.count()),
                       static_cast<long>(std::chrono::nanoseconds(since_boot - seconds).count())};
  const long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, &at, nullptr, FUTEX_BITSET_MATCH_ANY);
  if (result == 0 || errno == EAGAIN) return Outcome::kWoken;
  // The slice is over, or a signal came.
  const Napi::HandleScope scope(env_);
  napi_value ignored;
  const bool goes_on = napi_call_function(env_, env_.Undefined(), noop_, 0, nullptr, &ignored) == napi_ok;
  return goes_on ? Outcome::kWoken : Outcome::kInterrupted;
}

int Wake(std::atomic<uint32_t>* word, int count) {
  return static_cast<int>(syscall(SYS_futex, word, FUTEX_WAKE, count, nullptr, nullptr, 0));
}

}  // namespace posix_fork
