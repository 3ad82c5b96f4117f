#include "node/uv_handles.h"

#include <sys/epoll.h>

#include <cstddef>
#include <utility>

#include "node/uv_queue.h"

namespace posix_fork {

namespace {

unsigned ClearWrites(uv_stream_t* stream) {
  const unsigned count = Clear(AsQueue(&stream->write_queue)) + Clear(AsQueue(&stream->write_completed_queue));
  stream->write_queue_size = 0;
  return count;
}

void Remove(Queue* entry) {
  entry->prev->next = entry->next;
  entry->next->prev = entry->prev;
  entry->next = entry->prev = entry;
}

// Its callback is called on the next turn.
void Feed(uv_loop_t* loop, uv__io_t* watcher) {
  Queue* entry = AsQueue(&watcher->pending_queue);
  Queue* head = AsQueue(&loop->pending_queue);
  if (entry->next != entry) return;
  entry->next = head;
  entry->prev = head->prev;
  entry->prev->next = entry;
  head->prev = entry;
}

}  // namespace

unsigned CountRequests(const uv_stream_t* stream) {
  return (stream->connect_req != nullptr) + (stream->shutdown_req != nullptr) + Count(AsQueue(&stream->write_queue)) +
         Count(AsQueue(&stream->write_completed_queue));
}

unsigned CountRequests(const uv_udp_t* udp) {
  return Count(AsQueue(&udp->write_queue)) + Count(AsQueue(&udp->write_completed_queue));
}

bool ForgetRequests(uv_stream_t* stream, const Batches& batches) {
  unsigned count = ClearWrites(stream);
  if (stream->connect_req != nullptr) count++;
  stream->connect_req = nullptr;
  if (stream->shutdown_req != nullptr) count++;
  stream->shutdown_req = nullptr;
  if (batches.stream == stream) count += Clear(batches.writes);
  stream->loop->active_reqs.count -= count;
  return count > 0;
}

void ForgetRequests(uv_udp_t* udp) {
  const unsigned count = Clear(AsQueue(&udp->write_queue)) + Clear(AsQueue(&udp->write_completed_queue));
  udp->send_queue_size = 0;
  udp->send_queue_count = 0;
  udp->loop->active_reqs.count -= count;
}

void ForgetWrites(uv_stream_t* stream) { stream->loop->active_reqs.count -= ClearWrites(stream); }

void ForEachUnwritten(const uv_stream_t* stream, const std::function<bool(const uv_buf_t&)>& visit) {
  const Queue* head = AsQueue(&stream->write_queue);
  for (const Queue* each = head->next; each != head; each = each->next) {
    const auto* request =
        reinterpret_cast<const uv_write_t*>(reinterpret_cast<const char*>(each) - offsetof(uv_write_t, queue));
    for (unsigned i = request->write_index; i < request->nbufs; i++) {
      if (!visit(request->bufs[i])) return;
    }
  }
}

void StopWatching(uv_loop_t* loop, uv_stream_t* stream) {
  uv__io_t* const watcher = &stream->io_watcher;
  epoll_event none = {};
  (void)epoll_ctl(uv_backend_fd(loop), EPOLL_CTL_DEL, watcher->fd, &none);
  watcher->events = 0;
  watcher->pevents = 0;
  Remove(AsQueue(&watcher->watcher_queue));
  const auto number = static_cast<unsigned>(watcher->fd);
  if (number < loop->nwatchers && loop->watchers[number] == watcher) {
    loop->watchers[number] = nullptr;
    loop->nfds--;
  }
  if (Count(AsQueue(&stream->write_queue)) > 0) Feed(loop, watcher);
}

void ForgetName(uv_pipe_t* pipe) { pipe->pipe_fname = nullptr; }

void ForgetProcess(uv_process_t* process) {
  constexpr int kNobody = 0x7fffffff;  // above the kernel's limit of pids (PID_MAX_LIMIT)
  process->pid = kNobody;
  process->exit_cb = nullptr;
}

bool HasProcesses(uv_loop_t* loop) { return Count(AsQueue(&loop->process_handles)) > 0; }

void ForgetProcesses(uv_loop_t* loop) { Clear(AsQueue(&loop->process_handles)); }

void ForgetCloseCallback(uv_handle_t* handle) { handle->close_cb = nullptr; }

void ForgetSent(uv_async_t* async) { async->pending = 0; }

int SendAll(uv_loop_t* loop, void (*callback)(void* handle)) {
  struct Search {
    void (*callback)(void* handle);
    int error;
  } search = {callback, 0};
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
  return search.error;
}

int InotifyOf(const uv_loop_t* loop) { return loop->inotify_fd; }

void* ExchangeWatches(uv_loop_t* loop, void* watches) { return std::exchange(loop->inotify_watchers, watches); }

}  // namespace posix_fork
