// How does a thread wait for a thread of another process?
//
// By a futex(2) that is not private to the process. In slices, between which JavaScript's interrupts have their turn:
// Worker.terminate() and process.exit() would wait for ever for a Worker that waits for ever.
#pragma once

#include <napi.h>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace posix_fork {

class Waiter {
 public:
  /// `timeout`: milliseconds, or infinity. `noop`: a function that V8 does not call in a thread that is to end.
  Waiter(Napi::Env env, double timeout, napi_value noop);

  enum class Outcome {
    kWoken,        // or the word is not `expected`, or the time is up, or for no reason: look again
    kTimedOut,     // the timeout is over
    kInterrupted,  // an exception is pending: back to JavaScript at once
  };
  Outcome Wait(std::atomic<uint32_t>* word, uint32_t expected);

 private:
  using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC

  const Napi::Env env_;
  const napi_value noop_;
  const bool forever_;
  const Clock::time_point deadline_;
};

/// Wakes so many at most; returns how many it woke.
int Wake(std::atomic<uint32_t>* word, int count);

}  // namespace posix_fork
