#include "node/uv_batches.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace posix_fork {

namespace {

// False where there is no such memory: a word of the stack may be anything. The kernel reads the eight bytes, and then
// finds that the first argument is none (so does absl::debugging_internal::AddressIsReadable).
bool IsReadable(uintptr_t address) {
  constexpr int kNoWay = ~0;
  return syscall(SYS_rt_sigprocmask, kNoWay, address, nullptr, sizeof(uint64_t)) != 0 && errno != EFAULT;
}

template <typename T>
const T* At(uintptr_t address) {
  const bool readable = IsReadable(address) && IsReadable(address + sizeof(T) - sizeof(void*));
  return readable ? reinterpret_cast<const T*>(address) : nullptr;
}

bool MayBePointer(uintptr_t word) {
  constexpr uintptr_t kFirstPage = 65536;
  constexpr uintptr_t kEndOfUserSpace = uintptr_t{1} << 47;
  return word % alignof(void*) == 0 && word >= kFirstPage && word < kEndOfUserSpace;
}

// The base of the main thread's stack moves with nothing: asked once.
uintptr_t StackBase() {
  static const uintptr_t base = [] {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return uintptr_t{0};
    void* low = nullptr;
    size_t size = 0;
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    return reinterpret_cast<uintptr_t>(low) + size;
  }();
  return base;
}

bool IsOperation(uintptr_t node, const uv_loop_t* loop) {
  const auto* work = At<uv__work>(node - offsetof(uv__work, wq));
  return work != nullptr && work->loop == loop;
}

uv_stream_t* StreamOfWrite(uintptr_t node, const uv_loop_t* loop) {
  const auto* request = At<uv_write_t>(node - offsetof(uv_write_t, queue));
  if (request == nullptr || request->type != UV_WRITE) return nullptr;
  const auto address = reinterpret_cast<uintptr_t>(request->handle);
  const auto* stream = MayBePointer(address) ? At<uv_stream_t>(address) : nullptr;
  return stream != nullptr && stream->loop == loop ? request->handle : nullptr;
}

}  // namespace

// The stack of libuv's functions is read like any memory; AddressSanitizer takes the space between variables for a
// fault.
__attribute__((no_sanitize("address"))) Batches FindBatches(const uv_loop_t* loop) {
  Batches batches;
  const uintptr_t base = StackBase();
  auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  for (; here + sizeof(Queue) <= base; here += sizeof(void*)) {
    const auto* head = reinterpret_cast<const Queue*>(here);
    const auto next = reinterpret_cast<uintptr_t>(head->next);
    const auto prev = reinterpret_cast<uintptr_t>(head->prev);
    if (next == here || !MayBePointer(next) || !MayBePointer(prev)) continue;
    const auto* first = At<Queue>(next);
    if (first == nullptr || first->prev != head) continue;
    const auto* last = At<Queue>(prev);
    if (last == nullptr || last->next != head) continue;
    if (IsOperation(next, loop)) {
      batches.operations = reinterpret_cast<Queue*>(here);
    } else if (uv_stream_t* stream = StreamOfWrite(next, loop)) {
      batches.writes = reinterpret_cast<Queue*>(here);
      batches.stream = stream;
    }
  }
  return batches;
}

void LocateStack() { (void)StackBase(); }

}  // namespace posix_fork
