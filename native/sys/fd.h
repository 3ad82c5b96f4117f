// Who closes a descriptor? The scope that holds it, exactly once. And how does one number become another file?
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sys/retry.h"

namespace posix_fork {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    // No retry on EINTR: Linux has freed the number by then, and another thread may hold it already (close(2)).
    if (fd_ >= 0) close(fd_);
  }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// dup3(2): `to` becomes what `from`, another number, is. Returns 0 or errno, as which
/// it stays. Async-signal-safe.
inline int DuplicateOnto(int from, int to, bool cloexec = true) {
  int result;
  do {
    result = Retry([&] { return dup3(from, to, cloexec ? O_CLOEXEC : 0); });
  } while (result < 0 && errno == EBUSY);  // Linux: another thread is about to open that number
  return result < 0 ? errno : 0;
}

}  // namespace posix_fork
