// Does a socket listen, or is it a connection? Async-signal-safe.
#pragma once

#include <sys/socket.h>

namespace posix_fork {

/// A socket that accepts connections.
inline bool IsListening(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

/// A socket that does not.
inline bool IsConnection(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening == 0;
}

}  // namespace posix_fork
