#include "node/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "node/lookup.h"
#include "sys/errors.h"

namespace posix_fork {

namespace {

// V8's heap, 64 bit without pointer compression, as in every build of Node: a small integer is in the upper half of
// its word, an object's address has its lowest bits 01, an array is a map, a length and the elements
// (src/objects/tagged.h, fixed-array.h; src/numbers/math-random.cc).
constexpr uintptr_t kHeapObjectTag = 1;
constexpr uintptr_t kTagMask = 3;
constexpr int kSmiShift = 32;
constexpr uint64_t kCacheSize = 64;
constexpr uint64_t kStateSize = 16;
constexpr size_t kElements = 2;
// The native context has 300 to 600 slots, and begins with its map and its length.
constexpr uint64_t kMaxSlots = 2000;
// Index, state and cache are neighbours among its slots.
constexpr ptrdiff_t kNeighbours = 3;

bool IsObject(uintptr_t word) { return (word & kTagMask) == kHeapObjectTag; }
bool IsSmi(uintptr_t word) { return (word & 0xffffffff) == 0; }
uint64_t* Words(uintptr_t object) { return reinterpret_cast<uint64_t*>(object - kHeapObjectTag); }
// Newer versions of V8 keep a plain integer where older ones have a small one.
bool HasLength(uintptr_t object, uint64_t length) {
  const uint64_t word = Words(object)[1];
  return word == length << kSmiShift || static_cast<uint32_t>(word) == length;
}

struct Generator {
  uint64_t* index = nullptr;
  uint64_t* state = nullptr;
};

// The slots whose cache has, at their index, the value that was just drawn: 52 random bits agree.
Generator Find(uint64_t* context, uint64_t count, uint64_t latest) {
  for (uint64_t i = kElements; i < count; i++) {
    if (!IsObject(context[i]) || !HasLength(context[i], kCacheSize)) continue;
    const uint64_t* cache = Words(context[i]) + kElements;
    Generator found;
    for (ptrdiff_t k = -kNeighbours; k <= kNeighbours; k++) {
      const auto j = static_cast<ptrdiff_t>(i) + k;
      if (j < static_cast<ptrdiff_t>(kElements) || j >= static_cast<ptrdiff_t>(count)) continue;
      const uint64_t word = context[j];
      if (IsSmi(word) && (word >> kSmiShift) < kCacheSize && cache[word >> kSmiShift] == latest) {
        found.index = &context[j];
      } else if (IsObject(word) && HasLength(word, kStateSize)) {
        found.state = Words(word) + kElements;
      }
    }
    if (found.index != nullptr && found.state != nullptr) return found;
  }
  return {};
}

// A signal may end it early where more than 256 bytes are asked for (getrandom(2)).
bool GetRandom(void* buffer, size_t size) {
  auto* bytes = static_cast<char*>(buffer);
  while (size > 0) {
    const ssize_t n = getrandom(bytes, size, 0);
    if (n < 0 && errno != EINTR) return false;
    if (n <= 0) continue;
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

// `latest` is what Math.random() has just returned. Empty if V8 looks different from what is said above.
Generator FindAfter(double latest) {
  static const auto get_isolate = Lookup<void* (*)()>(kIsolateGetCurrent);
  static const auto get_context = Lookup<uintptr_t* (*)(void*)>(kIsolateGetCurrentContext);
  if (get_isolate == nullptr || get_context == nullptr) return {};
  // A v8::Local is the address of a slot that holds the object.
  uint64_t* context = Words(*get_context(get_isolate()));
  const uint64_t length = IsSmi(context[1]) ? context[1] >> kSmiShift : static_cast<uint32_t>(context[1]);
  if (length > kMaxSlots) return {};
  uint64_t bits;
  memcpy(&bits, &latest, sizeof bits);
  return Find(context, length + kElements, bits);
}

}  // namespace

Napi::Value FindMathRandom(const Napi::CallbackInfo& info) {
  const double latest = info[0].As<Napi::Number>().DoubleValue();
  return Napi::Boolean::New(info.Env(), FindAfter(latest).state != nullptr);
}

Napi::Value ReseedMathRandom(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Generator generator = FindAfter(info[0].As<Napi::Number>().DoubleValue());
  // All zeros would make V8 draw the seed from its isolate's generator, which is a copy, too.
  uint64_t seed[2] = {0, 0};
  if (generator.state == nullptr || !GetRandom(seed, sizeof seed)) return Napi::Boolean::New(env, false);
  generator.state[0] = seed[0] | 1;
  generator.state[1] = seed[1];
  *generator.index = 0;  // nothing is left of the cache: the next call fills it
  return Napi::Boolean::New(env, true);
}

Napi::Value FillRandom(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto bytes = info[0].As<Napi::Uint8Array>();
  if (!GetRandom(bytes.Data(), bytes.ByteLength())) throw SystemError(env, errno, "getrandom");
  return env.Undefined();
}

}  // namespace posix_fork
