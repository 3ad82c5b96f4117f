#include "fork/v8_pool.h"

namespace posix_fork {

void RenewWorkersInChild(const Runtime& runtime) {
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

}  // namespace posix_fork
