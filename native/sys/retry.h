// What if a signal comes in the middle of a system call? Whoever has nothing to do in between calls again.
#pragma once

#include <cerrno>

namespace posix_fork {

/// What `call` returns when it is not EINTR (signal(7)). Async-signal-safe if the call is.
template <typename Call>
auto Retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace posix_fork
