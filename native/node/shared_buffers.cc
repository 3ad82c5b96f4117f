#include "node/shared_buffers.h"

#include <memory>
#include <new>

#include "node/lookup.h"

namespace posix_fork {

namespace {

// Mangled names, the same in every build that exports them. A build against another C++ library than libstdc++ would
// have `std::__1::shared_ptr` in the second one, and is not found. To look again: nm -D --defined-only $(which node) |
// grep -E 'SharedArrayBuffer|BackingStore'
// std::unique_ptr<v8::BackingStore> (*)(void* data, size_t byte_length, void (*deleter)(void*, size_t, void*), void*)
constexpr char kNewBackingStore[] = "_ZN2v817SharedArrayBuffer15NewBackingStoreEPvmPFvS1_mS1_ES1_";
// v8::Local<v8::SharedArrayBuffer> (*)(v8::Isolate*, std::shared_ptr<v8::BackingStore>)
constexpr char kNewBuffer[] = "_ZN2v817SharedArrayBuffer3NewEPNS_7IsolateESt10shared_ptrINS_12BackingStoreEE";
constexpr char kDestroyBackingStore[] = "_ZN2v812BackingStoreD1Ev";
constexpr char kIsSharedBuffer[] = "_ZNK2v85Value19IsSharedArrayBufferEv";
constexpr char kData[] = "_ZNK2v817SharedArrayBuffer4DataEv";
constexpr char kByteLength[] = "_ZNK2v817SharedArrayBuffer10ByteLengthEv";

// A v8::BackingStore, as one who has only its address sees it.
struct BackingStore;

struct Functions {
  // Stands for std::default_delete: with it a unique_ptr is returned as V8 returns its own, through a hidden pointer.
  struct Delete {
    void operator()(BackingStore* store) const;
  };
  using Owned = std::unique_ptr<BackingStore, Delete>;

  void* (*current_isolate)() = nullptr;
  Owned (*new_store)(void* memory, size_t size, ReleaseMemory release, void* data) = nullptr;
  void (*destroy_store)(BackingStore* store) = nullptr;
  // v8::Local is one pointer wide and travels in a register; a napi_value is one (v8impl::V8LocalValueFromJsValue in
  // Node's src/js_native_api_v8.h). A shared_ptr that is passed by value travels as the address of one.
  napi_value (*new_buffer)(void* isolate, std::shared_ptr<BackingStore> store) = nullptr;
  bool (*is_shared_buffer)(napi_value value) = nullptr;
  void* (*data)(napi_value buffer) = nullptr;
  size_t (*byte_length)(napi_value buffer) = nullptr;

  std::string missing;
};

template <typename T>
void Find(const char* name, T* function, std::string* missing) {
  *function = Lookup<T>(name);
  if (*function == nullptr && missing->empty()) *missing = std::string("the node binary does not export ") + name;
}

// V8's sandbox takes no memory that lies outside of it: a build with one would abort. Node-API knows, and says so.
bool TakesForeignMemory(Napi::Env env) {
  static char byte;
  napi_value buffer;
  return napi_create_external_arraybuffer(env, &byte, sizeof byte, nullptr, nullptr, &buffer) == napi_ok;
}

Functions FindFunctions(Napi::Env env) {
  Functions found;
  Find(kIsolateGetCurrent, &found.current_isolate, &found.missing);
  Find(kNewBackingStore, &found.new_store, &found.missing);
  Find(kNewBuffer, &found.new_buffer, &found.missing);
  Find(kDestroyBackingStore, &found.destroy_store, &found.missing);
  Find(kIsSharedBuffer, &found.is_shared_buffer, &found.missing);
  Find(kData, &found.data, &found.missing);
  Find(kByteLength, &found.byte_length, &found.missing);
  if (found.missing.empty() && !TakesForeignMemory(env))
    found.missing = "V8 takes no memory from outside of its sandbox";
  return found;
}

// Set once, by whoever asks first, and never freed: V8 may let memory go while the process ends.
const Functions* g_functions = nullptr;

// As `delete` of a v8::BackingStore: V8 allocates it by the global operator new.
void Functions::Delete::operator()(BackingStore* store) const {
  g_functions->destroy_store(store);
  ::operator delete(static_cast<void*>(store));
}

}  // namespace

const std::string& WhyNoSharedBuffers(Napi::Env env) {
  static const Functions& functions = *(g_functions = new Functions(FindFunctions(env)));
  return functions.missing;
}

Fact SharedBuffersFact(Napi::Env env) {
  return {"v8::SharedArrayBuffer, v8::BackingStore",
          "the node binary exports how one is made of other memory, and V8 takes such memory", "sharedMemory() throws",
          HoldsIf(WhyNoSharedBuffers(env).empty())};
}

napi_value NewSharedBuffer(void* memory, size_t size, ReleaseMemory release, void* data) {
  const Functions& v8 = *g_functions;
  std::shared_ptr<BackingStore> store = v8.new_store(memory, size, release, data);
  napi_value buffer = v8.new_buffer(v8.current_isolate(), std::move(store));
  if (buffer == nullptr || !v8.is_shared_buffer(buffer)) return nullptr;
  return v8.data(buffer) == memory && v8.byte_length(buffer) == size ? buffer : nullptr;
}

}  // namespace posix_fork
