#include "shared/atomics.h"

#include <atomic>
#include <cstdint>

#include "shared/futex.h"
#include "shared/regions.h"

namespace posix_fork {

namespace {

constexpr int kOk = 0;
constexpr int kNotEqual = 1;
constexpr int kTimedOut = 2;

// An element of an Int32Array or a BigInt64Array.
struct Element {
  const void* address;
  bool wide;
};

Element ElementOf(const Napi::CallbackInfo& info) {
  const auto index = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
  napi_typedarray_type type;
  void* data = nullptr;
  NAPI_THROW_IF_FAILED(info.Env(),
                       napi_get_typedarray_info(info.Env(), info[0], &type, nullptr, &data, nullptr, nullptr), {});
  const bool wide = type == napi_bigint64_array;
  return {static_cast<char*>(data) + index * (wide ? sizeof(int64_t) : sizeof(int32_t)), wide};
}

bool Holds(const Element& element, int64_t value) {
  if (element.wide) return __atomic_load_n(static_cast<const int64_t*>(element.address), __ATOMIC_SEQ_CST) == value;
  return __atomic_load_n(static_cast<const int32_t*>(element.address), __ATOMIC_SEQ_CST) == value;
}

int64_t ValueOf(const Napi::Value& value) {
  bool lossless;
  return value.IsBigInt() ? value.As<Napi::BigInt>().Int64Value(&lossless) : value.As<Napi::Number>().Int64Value();
}

}  // namespace

Napi::Value AtomicWait(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Element element = ElementOf(info);
  const auto place = FindPlace(element.address);
  if (!place) return env.Null();
  std::atomic<uint32_t>& notified = place->line->notified[place->word];
  // In this order: whoever changes the value and notifies after it was looked at has changed the count, too.
  const uint32_t before = notified.load();
  if (!Holds(element, ValueOf(info[2]))) return Napi::Number::New(env, kNotEqual);
  Waiter waiter(env, info[3].As<Napi::Number>().DoubleValue(), info[4]);
  for (;;) {
    const Waiter::Outcome outcome = waiter.Wait(&notified, before);
    if (outcome == Waiter::Outcome::kInterrupted) return env.Undefined();
    if (notified.load() != before) return Napi::Number::New(env, kOk);
    if (outcome == Waiter::Outcome::kTimedOut) return Napi::Number::New(env, kTimedOut);
  }
}

Napi::Value AtomicNotify(const Napi::CallbackInfo& info) {
  const auto place = FindPlace(ElementOf(info).address);
  if (!place) return info.Env().Null();
  const int count = info[2].As<Napi::Number>().Int32Value();
  // FUTEX_WAKE wakes one for a count of 0, too.
  if (count == 0) return Napi::Number::New(info.Env(), 0);
  std::atomic<uint32_t>& notified = place->line->notified[place->word];
  notified.fetch_add(1);
  return Napi::Number::New(info.Env(), Wake(&notified, count));
}

}  // namespace posix_fork
