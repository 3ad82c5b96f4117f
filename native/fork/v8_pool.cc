#include "fork/v8_pool.h"

#include <fcntl.h>

#include <utility>
#include <vector>

#include "fork/repair_deadline.h"
#include "node/platform_calls.h"
#include "node/scheduler_loop.h"
#include "node/uv_handles.h"
#include "sys/fd.h"

namespace posix_fork {

namespace {

// All free numbers below those of the loop, which is about to be closed: the next one opens as many, and a program that
// closes its standard output to open a file there must not find something else at that number.
std::vector<Fd> TakeNumbersBelow(const uv_loop_t* loop) {
  std::vector<Fd> taken;
  const int backend = uv_backend_fd(loop);
  const int first = LowestNumberOf(loop);
  for (Fd fd(fcntl(backend, F_DUPFD_CLOEXEC, 0)); fd && fd.get() < first; fd = Fd(fcntl(backend, F_DUPFD_CLOEXEC, 0))) {
    taken.push_back(std::move(fd));
  }
  return taken;
}

void Construct(const Runtime& runtime) {
  // Read before the old object is gone.
  const int workers = runtime.workers();
  std::vector<Fd> taken;
  // The old object is abandoned, never destroyed: glibc's destructors of condition variables wait for the dead waiters.
  // What it owned on the heap (queues, thread handles, the scheduler of delayed tasks) stays allocated: some kilobytes
  // a generation.
  if (uv_loop_t* loop = FindSchedulerLoop(runtime)) {
    taken = TakeNumbersBelow(loop);
    CloseSchedulerLoopInChild(loop);
  }
  if (runtime.construct_with_log != nullptr) {
    runtime.construct_with_log(runtime.runner, workers, kNoLog);
  } else {
    runtime.construct(runtime.runner, workers);
  }
}

// Child, for the rest of its life, on the thread that has the first piece of work: perhaps in the middle of a
// collection. Allocates and starts threads; ends the process if they cannot be had.
void ConstructAtFirstWork() {
  const LateRepair late;
  Construct(LocateRuntime());
}

}  // namespace

void RenewV8PoolInChild(const uv_loop_t* loop, const Runtime& runtime, bool at_once) {
  // The new one's scheduler asserts that it gets descriptors: until then, the numbers of the old one's stay taken.
  uv_loop_t* const old = at_once ? nullptr : FindSchedulerLoop(runtime);
  const bool later = old != nullptr && LetGoOfSchedulerLoopInChild(old, uv_backend_fd(loop)) == 0 &&
                     ToldOfFirstWorkInChild(runtime, ConstructAtFirstWork);
  if (!later) Construct(runtime);
}

void StartV8WorkersInChild() { RunFirstWork(); }

void WakeForTasksInChild(uv_loop_t* loop, const Runtime& runtime) {
  if (const int error = SendAll(loop, runtime.flush_tasks)) DieInRepair("uv_async_send", uv_strerror(error));
}

}  // namespace posix_fork
