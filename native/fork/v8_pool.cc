#include "fork/v8_pool.h"

#include "fork/repair_deadline.h"
#include "node/scheduler_loop.h"
#include "node/uv_handles.h"

namespace posix_fork {

void RenewV8PoolInChild(const Runtime& runtime) {
  // Read before the old object is gone.
  const int workers = runtime.workers();
  // The old object is abandoned, never destroyed: glibc's destructors of condition variables wait for the dead waiters.
  // What it owned on the heap (queues, thread handles, the scheduler of delayed tasks) stays allocated: some kilobytes
  // a generation.
  if (uv_loop_t* loop = FindSchedulerLoop(runtime)) CloseSchedulerLoopInChild(loop);
  if (runtime.construct_with_log != nullptr) {
    runtime.construct_with_log(runtime.runner, workers, kNoLog);
  } else {
    runtime.construct(runtime.runner, workers);
  }
}

void WakeForTasksInChild(uv_loop_t* loop, const Runtime& runtime) {
  if (const int error = SendAll(loop, runtime.flush_tasks)) DieInRepair("uv_async_send", uv_strerror(error));
}

}  // namespace posix_fork
