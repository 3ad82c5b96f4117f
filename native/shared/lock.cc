#include "shared/lock.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include "shared/futex.h"
#include "shared/regions.h"
#include "sys/errors.h"
#include "sys/thread_id.h"

namespace posix_fork {

namespace {

constexpr int kAcquired = 0;
constexpr int kAbandoned = 1;
constexpr int kTimedOut = 2;

const void* StartOf(const Napi::CallbackInfo& info) {
  void* data = nullptr;
  NAPI_THROW_IF_FAILED(info.Env(),
                       napi_get_typedarray_info(info.Env(), info[0], nullptr, nullptr, &data, nullptr, nullptr), {});
  return data;
}

std::optional<Place> PlaceOf(const Napi::CallbackInfo& info) {
  return FindPlace(static_cast<const char*>(StartOf(info)) + info[1].As<Napi::Number>().Int64Value());
}

// How a new robust, process-shared mutex differs from zeros: in one word, its kind, in glibc and in musl.
struct Kind {
  size_t word;
  uint32_t value;
};

// A word of value 0 where the C library makes mutexes otherwise.
Kind FindKind() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_t mutex;
  memset(&mutex, 0, sizeof mutex);
  const int error = pthread_mutex_init(&mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  uint32_t words[sizeof mutex / sizeof(uint32_t)];
  memcpy(words, &mutex, sizeof words);
  Kind kind = {0, 0};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (words[i] == 0) continue;
    if (kind.value != 0) return {0, 0};
    kind = {i, words[i]};
  }
  return error == 0 ? kind : Kind{0, 0};
}

// Makes a mutex of zeros, in one step, so that any number of processes may do it at any time. (musl keeps more in that
// word while the mutex is locked: what is there is left alone.)
bool Make(pthread_mutex_t* mutex) {
  static const Kind kind = FindKind();
  if (kind.value == 0) return false;
  uint32_t nothing = 0;
  __atomic_compare_exchange_n(reinterpret_cast<uint32_t*>(mutex) + kind.word, &nothing, kind.value, false,
                              __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return true;
}

}  // namespace

Napi::Value IsSharedMemory(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), FindPlace(StartOf(info)).has_value());
}

Napi::Value AcquireLock(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Place place = *PlaceOf(info);
  Line& line = *place.line;
  if (!Make(&line.lock)) {
    throw CodedError(env, "ERR_FORK_UNSUPPORTED_RUNTIME",
                     "SharedLock does not work with the mutexes of this C library");
  }
  const auto self = static_cast<uint32_t>(ThreadId());
  // Counted before this thread has it: it may die with it.
  CountHeldLocks(place.region, 1);
  // Null as long as it has not had to wait: that is the usual case.
  std::optional<Waiter> waiter;
  int error;
  Waiter::Outcome outcome = Waiter::Outcome::kWoken;
  for (;;) {
    const uint32_t releases = line.releases.load();
    error = pthread_mutex_trylock(&line.lock);
    if (error != EBUSY || line.owner.load() == self) break;
    if (!waiter) {
      waiter.emplace(env, info[2].As<Napi::Number>().DoubleValue(), info[3]);
      // In this order: who releases after that sees that somebody waits.
      line.waiting.fetch_add(1);
      continue;
    }
    outcome = waiter->Wait(&line.releases, releases);
    if (outcome != Waiter::Outcome::kWoken) break;
  }
  if (waiter) line.waiting.fetch_sub(1);
  if (error == EOWNERDEAD) pthread_mutex_consistent(&line.lock);
  if (error == 0 || error == EOWNERDEAD) {
    line.owner.store(self);
    return Napi::Number::New(env, error == 0 ? kAcquired : kAbandoned);
  }
  CountHeldLocks(place.region, -1);
  if (outcome == Waiter::Outcome::kInterrupted) return env.Undefined();
  if (outcome == Waiter::Outcome::kTimedOut) return Napi::Number::New(env, kTimedOut);
  if (error == EBUSY || error == EDEADLK) {
    throw CodedError(env, "ERR_LOCK_HELD", "This thread already holds the lock, and would wait for itself");
  }
  throw SystemError(env, error, "pthread_mutex_trylock");
}

Napi::Value ReleaseLock(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Place place = *PlaceOf(info);
  Line& line = *place.line;
  const auto self = static_cast<uint32_t>(ThreadId());
  // In a child the lock's owner is a thread of its parent's.
  if (line.owner.load() != self) return Napi::Boolean::New(env, false);
  line.owner.store(0);
  // EPERM: the word was that of a thread that has died, whose number this one got.
  if (pthread_mutex_unlock(&line.lock) != 0) return Napi::Boolean::New(env, false);
  CountHeldLocks(place.region, -1);
  // In this order: who comes to wait after that sees the new count. If this thread dies in between, another one waits
  // for a slice longer.
  line.releases.fetch_add(1);
  if (line.waiting.load() > 0) Wake(&line.releases, 1);
  return Napi::Boolean::New(env, true);
}

}  // namespace posix_fork
