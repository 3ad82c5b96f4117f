#include "node/uv_pool.h"

#include <new>

#include "node/uv_handles.h"

namespace posix_fork {

namespace {

// Requests that the loop itself serves, without the pool: those of streams and datagram sockets.
void AddHandle(uv_handle_t* handle, void* total) {
  auto* count = static_cast<unsigned*>(total);
  switch (uv_handle_get_type(handle)) {
    case UV_TCP:
    case UV_NAMED_PIPE:
    case UV_TTY: *count += CountRequests(reinterpret_cast<uv_stream_t*>(handle)); break;
    case UV_UDP: *count += CountRequests(reinterpret_cast<uv_udp_t*>(handle)); break;
    default: break;
  }
}

unsigned CountLoopsOwnRequests(uv_loop_t* loop) {
  unsigned count = 0;
  uv_walk(loop, AddHandle, &count);
  return count;
}

}  // namespace

void HoldLoopOverFork(uv_loop_t* loop) { uv_mutex_lock(&loop->wq_mutex); }

void ReleaseLoopAfterFork(uv_loop_t* loop) { uv_mutex_unlock(&loop->wq_mutex); }

unsigned CountPoolOperations(uv_loop_t* loop) {
  if (loop->active_reqs.count == 0) return 0;
  unsigned others = CountLoopsOwnRequests(loop);
  HoldLoopOverFork(loop);
  others += Count(AsQueue(&loop->wq));
  ReleaseLoopAfterFork(loop);
  return loop->active_reqs.count > others ? loop->active_reqs.count - others : 0;
}

void ForgetPoolOperationsInChild(uv_loop_t* loop, const Batches& batches, bool inherit_all) {
  if (loop->active_reqs.count == 0) return;
  unsigned count = CountLoopsOwnRequests(loop);
  if (batches.writes != nullptr) count += Count(batches.writes);  // of a stream that is the child's, too
  Queue* const finished = AsQueue(&loop->wq);
  if (inherit_all) {
    count += Count(finished) + (batches.operations == nullptr ? 0 : Count(batches.operations));
  } else {
    Clear(finished);
    if (batches.operations != nullptr) Clear(batches.operations);
  }
  loop->active_reqs.count = count;
}

int MakeUvPoolInChild() {
  // An empty piece of work makes the pool. It is not this loop's, which it would keep alive for a turn, but that of a
  // loop which is never run: its queue takes what is finished, and `pending` says that it has been woken.
  static uv_loop_t nobodys;
  static uv_work_t empty;
  new (&nobodys) uv_loop_t();
  new (&empty) uv_work_t();
  Queue* const queue = AsQueue(&nobodys.wq);
  queue->next = queue->prev = queue;
  if (const int error = uv_mutex_init(&nobodys.wq_mutex)) return error;
  nobodys.wq_async.loop = &nobodys;
  nobodys.wq_async.pending = 1;
  return uv_queue_work(
      &nobodys, &empty, [](uv_work_t*) {}, [](uv_work_t*, int) {});
}

int WakeForFinishedInChild(uv_loop_t* loop) {
  return Count(AsQueue(&loop->wq)) == 0 ? 0 : uv_async_send(&loop->wq_async);
}

}  // namespace posix_fork
