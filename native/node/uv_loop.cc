#include "node/uv_loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "sys/fd.h"

namespace posix_fork {

namespace {

// The spare number for the epoll descriptor that RenewLoopInChild of an earlier generation made; -1 if there is none.
int g_spare_backend = -1;

}  // namespace

int RenewLoopInChild(uv_loop_t* loop) {
  // A spare number of the parent's generation refers to the parent's epoll set.
  if (g_spare_backend >= 0) close(g_spare_backend);
  g_spare_backend = -1;

  // fork() was called from a callback in the middle of uv__io_poll (src/unix/linux.c), which keeps the old number in a
  // local variable: it removes stale descriptors from it, and polls it again if it got a full batch of 1,024 events. So
  // the number must come to mean the new epoll set. libuv closes a duplicate instead of it: a number that was free for
  // a moment would go to the next of the loop's new descriptors, if there is a free one below it for the epoll set.
  const int old_backend = uv_backend_fd(loop);
  const int duplicate = fcntl(old_backend, F_DUPFD_CLOEXEC, 0);
  // At RLIMIT_NOFILE there is no free number for a duplicate, nor for the epoll set but the old one.
  if (duplicate >= 0) loop->backend_fd = duplicate;
  // A watcher that waits for its epoll_ctl would be taken for one that the new set knows: EPOLL_CTL_MOD, ENOENT,
  // abort().
  for (unsigned i = 0; i < loop->nwatchers; i++) {
    if (loop->watchers[i] != nullptr) loop->watchers[i]->events = 0;
  }
  const int error = uv_loop_fork(loop);
  if (error != 0) return error;

  const int new_backend = uv_backend_fd(loop);
  if (new_backend == old_backend) return 0;
  if (const int duplicate_error = DuplicateOnto(new_backend, old_backend)) return -duplicate_error;
  g_spare_backend = old_backend;
  return 0;
}

}  // namespace posix_fork
