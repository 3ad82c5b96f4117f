#include "fork/loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace posix_fork {

namespace {

// The spare number for the epoll descriptor that RenewLoopInChild of an earlier generation made; -1 if there is none.
int g_spare_backend = -1;

// The latest request of RenewThreadPoolInChild, until it is done.
uv_work_t* g_empty_work = nullptr;

}  // namespace

void HoldLoopOverFork(uv_loop_t* loop) { uv_mutex_lock(&loop->wq_mutex); }

void ReleaseLoopAfterFork(uv_loop_t* loop) { uv_mutex_unlock(&loop->wq_mutex); }

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
  const int error = uv_loop_fork(loop);
  if (error != 0) return error;

  const int new_backend = uv_backend_fd(loop);
  if (new_backend == old_backend) return 0;
  int result;
  do {
    result = dup3(new_backend, old_backend, O_CLOEXEC);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  g_spare_backend = old_backend;
  return 0;
}

int RenewThreadPoolInChild(uv_loop_t* loop) {
  // A child that forks before its loop has turned leaves its own request behind in the grandchild. If its pool was
  // through with it (libuv clears `work` under the mutex that HoldLoopOverFork took), the loop will take it up;
  // otherwise it is lost, but still counted as active, and the grandchild's loop would never run dry.
  if (g_empty_work != nullptr && g_empty_work->work_req.work != nullptr) loop->active_reqs.count--;
  g_empty_work = new uv_work_t;
  return uv_queue_work(
      loop, g_empty_work, [](uv_work_t*) {},
      [](uv_work_t* request, int) {
        if (request == g_empty_work) g_empty_work = nullptr;
        delete request;
      });
}

bool EmptyWorkIsQueued() { return g_empty_work != nullptr && g_empty_work->work_req.work != nullptr; }

}  // namespace posix_fork
