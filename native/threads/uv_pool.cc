#include "threads/uv_pool.h"

#include "fork/loop.h"

namespace posix_fork {

namespace {

// libuv's queues are rings of (next, previous) pairs, by whatever name uv.h knows them: the ABI of libuv 1.x fixes
// that.
template <typename Queue>
unsigned CountQueue(const Queue* queue) {
  const auto* head = reinterpret_cast<void* const*>(queue);
  unsigned count = 0;
  for (auto* each = static_cast<void* const*>(head[0]); each != head; each = static_cast<void* const*>(each[0]))
    count++;
  return count;
}

unsigned CountStreamRequests(const uv_stream_t* stream) {
  return (stream->connect_req != nullptr) + (stream->shutdown_req != nullptr) + CountQueue(&stream->write_queue) +
         CountQueue(&stream->write_completed_queue);
}

unsigned CountDatagramRequests(const uv_udp_t* socket) {
  return CountQueue(&socket->write_queue) + CountQueue(&socket->write_completed_queue);
}

// Requests that the loop itself serves, without the pool: those of streams and datagram sockets.
void AddHandle(uv_handle_t* handle, void* total) {
  auto* count = static_cast<unsigned*>(total);
  switch (uv_handle_get_type(handle)) {
    case UV_TCP:
    case UV_NAMED_PIPE:
    case UV_TTY: *count += CountStreamRequests(reinterpret_cast<uv_stream_t*>(handle)); break;
    case UV_UDP: *count += CountDatagramRequests(reinterpret_cast<uv_udp_t*>(handle)); break;
    default: break;
  }
}

}  // namespace

unsigned CountPoolOperations(uv_loop_t* loop) {
  if (loop->active_reqs.count == 0) return 0;
  unsigned others = 0;
  uv_walk(loop, AddHandle, &others);
  HoldLoopOverFork(loop);
  others += CountQueue(&loop->wq);
  if (EmptyWorkIsQueued()) others++;
  ReleaseLoopAfterFork(loop);
  return loop->active_reqs.count > others ? loop->active_reqs.count - others : 0;
}

}  // namespace posix_fork
