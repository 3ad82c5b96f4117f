#include "node/promises.h"

#include <cstdint>

#include "node/lookup.h"

namespace posix_fork {

namespace {

// v8::Promise::PromiseState (*)(v8::Promise*); 0 is kPending.
int (*State())(napi_value promise) {
  static const auto state = Lookup<int (*)(napi_value)>("_ZN2v87Promise5StateEv");
  return state;
}

// V8's JSPromise, from its src/objects/js-promise.tq: map, properties and elements of an object; then who waits, the
// small integer 0 if nobody does; then the state, of which two bits are 0 while it is pending, as a small integer.
constexpr size_t kElements = 2;
constexpr size_t kReactions = 3;
constexpr size_t kState = 4;
constexpr uintptr_t kHeapObject = 1;  // the tag of a pointer
constexpr uintptr_t kNobody = 0;

// A napi_value points to the slot that has the tagged pointer.
uintptr_t* WordsOf(napi_value object) {
  const uintptr_t tagged = *reinterpret_cast<const uintptr_t*>(object);
  return (tagged & 3) == kHeapObject ? reinterpret_cast<uintptr_t*>(tagged - kHeapObject) : nullptr;
}

}  // namespace

Napi::Value KnowsReactions(const Napi::CallbackInfo& info) {
  const uintptr_t* const fresh = WordsOf(info[0]);
  const uintptr_t* const awaited = WordsOf(info[1]);
  const auto is_pending = [](const uintptr_t* words) {
    // With V8's pointers compressed there would be two in a word.
    return static_cast<uint32_t>(words[kState]) == 0 && (words[kState] >> 32 & 3) == 0;
  };
  const bool known = State() != nullptr && fresh != nullptr && awaited != nullptr &&
                     fresh[kElements] == awaited[kElements] && fresh[kReactions] == kNobody &&
                     (awaited[kReactions] & 3) == kHeapObject && is_pending(fresh) && is_pending(awaited);
  return Napi::Boolean::New(info.Env(), known);
}

Napi::Value IsPending(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), State()(info[0]) == 0); }

Napi::Value ForgetReactions(const Napi::CallbackInfo& info) {
  // V8's collectors need not be told of a small integer.
  WordsOf(info[0])[kReactions] = kNobody;
  return info.Env().Undefined();
}

}  // namespace posix_fork
