// What does one need that runs in this process's memory while the thread that made it waits (CLONE_VM | CLONE_VFORK)? A
// stack, and no signals: a handler would run on that stack, in the place of the thread that waits.
#pragma once

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace posix_fork {

/// The kernel's sigset_t, of which the C libraries hide two bits (their own signals).
using KernelSet = uint64_t;
constexpr KernelSet kAllSignals = ~KernelSet{0};

/// Of the calling thread. Async-signal-safe.
inline int SetMask(KernelSet set, KernelSet* old) {
  return static_cast<int>(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, old, sizeof set));
}

class BorrowersStack {
 public:
  BorrowersStack()
      : memory_(mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
#ifdef __SANITIZE_ADDRESS__
    // A child that went on to another program never returned from its functions. What AddressSanitizer noted of that
    // stack would be taken for an error of this one, which may lie in the same place.
    if (memory_ != MAP_FAILED) __asan_unpoison_memory_region(memory_, kSize);
#endif
  }
  ~BorrowersStack() {
    if (memory_ != MAP_FAILED) munmap(memory_, kSize);
  }
  BorrowersStack(const BorrowersStack&) = delete;
  BorrowersStack& operator=(const BorrowersStack&) = delete;
  explicit operator bool() const { return memory_ != MAP_FAILED; }
  char* bottom() const { return static_cast<char*>(memory_); }
  char* top() const { return static_cast<char*>(memory_) + kSize; }

 private:
  // The frames are small; measured with a pattern in it: less than 3 KB, most of that the directory of descriptors.
  static constexpr size_t kSize = size_t{64} * 1024;
  void* memory_;
};

}  // namespace posix_fork
