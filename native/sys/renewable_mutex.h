// Which mutex can the child of a fork make new, whoever held it in the parent?
//
// Storage, not an object with a destructor: threads may still want it while the process tears its statics down.
#pragma once

#include <cstdint>
#include <mutex>
#include <new>

namespace posix_fork {

class RenewableMutex {
 public:
  RenewableMutex() noexcept { Renew(); }
  RenewableMutex(const RenewableMutex&) = delete;
  RenewableMutex& operator=(const RenewableMutex&) = delete;

  std::mutex& get() { return *std::launder(reinterpret_cast<std::mutex*>(bytes_)); }

  /// Child only, before anything wants it. Async-signal-safe.
  void Renew() noexcept { new (bytes_) std::mutex(); }

  /// True if the address lies in it.
  bool Contains(uintptr_t address) const {
    const auto begin = reinterpret_cast<uintptr_t>(bytes_);
    return address >= begin && address < begin + sizeof bytes_;
  }

 private:
  alignas(std::mutex) unsigned char bytes_[sizeof(std::mutex)];
};

}  // namespace posix_fork
