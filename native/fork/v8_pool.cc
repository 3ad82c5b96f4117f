#include "fork/v8_pool.h"

#include "fork/repair_deadline.h"

namespace posix_fork {

void RenewV8PoolInChild(const Runtime& runtime) {
  // Read before the old object is gone.
  const int workers = runtime.workers();
  // The old object is abandoned, never destroyed: glibc's destructors of condition variables wait for the dead waiters.
  // What it owned on the heap (queues, thread handles, the scheduler of delayed tasks) stays allocated: some kilobytes,
  // and the four or five descriptors of the scheduler's event loop, a generation.
  if (runtime.construct_with_log != nullptr) {
    constexpr int kNoLog = 0;  // node::PlatformDebugLogLevel::kNone
    runtime.construct_with_log(runtime.runner, workers, kNoLog);
  } else {
    runtime.construct(runtime.runner, workers);
  }
}

void WakeForTasksInChild(uv_loop_t* loop, const Runtime& runtime) {
  struct Search {
    void (*callback)(void* handle);
    int error;
  } search = {runtime.flush_tasks, 0};
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* data) {
        auto* const search = static_cast<Search*>(data);
        if (handle->type != UV_ASYNC || uv_is_closing(handle)) return;
        auto* const async = reinterpret_cast<uv_async_t*>(handle);
        if (async->async_cb != reinterpret_cast<uv_async_cb>(search->callback)) return;
        if (const int error = uv_async_send(async)) search->error = error;
      },
      &search);
  if (search.error != 0) DieInRepair("uv_async_send", uv_strerror(search.error));
}

}  // namespace posix_fork
