#include "process/watchers.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <functional>

#include "node/uv_queue.h"
#include "sys/loop.h"

namespace posix_fork {

namespace {

struct Walk {
  int fd;
  std::function<void(uv_handle_t*)> visit;
};

void ForEachHandleOf(uv_loop_t* loop, int fd, std::function<void(uv_handle_t*)> visit) {
  Walk walk = {fd, std::move(visit)};
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* data) {
        const auto* each = static_cast<Walk*>(data);
        int its = -1;
        if (!uv_is_closing(handle) && uv_fileno(handle, &its) == 0 && its == each->fd) each->visit(handle);
      },
      &walk);
}

void Remove(Queue* entry) {
  entry->prev->next = entry->next;
  entry->next->prev = entry->prev;
  entry->next = entry->prev = entry;
}

// As uv__io_stop() (src/unix/core.c) for all events, and at once in the kernel.
void StopWatching(uv_loop_t* loop, uv__io_t* watcher) {
  epoll_event none = {};
  (void)epoll_ctl(uv_backend_fd(loop), EPOLL_CTL_DEL, watcher->fd, &none);
  watcher->events = 0;
  watcher->pevents = 0;
  Remove(AsQueue(&watcher->watcher_queue));
  const auto number = static_cast<unsigned>(watcher->fd);
  if (number >= loop->nwatchers || loop->watchers[number] != watcher) return;
  loop->watchers[number] = nullptr;
  loop->nfds--;
}

// As uv__io_feed(): its callback is called on the next turn, and finds something to write.
void Feed(uv_loop_t* loop, uv__io_t* watcher) {
  Queue* entry = AsQueue(&watcher->pending_queue);
  Queue* head = AsQueue(&loop->pending_queue);
  if (entry->next != entry) return;
  entry->next = head;
  entry->prev = head->prev;
  entry->prev->next = entry;
  head->prev = entry;
}

void ForgetWrites(uv_stream_t* stream) {
  const unsigned count = Clear(AsQueue(&stream->write_queue)) + Clear(AsQueue(&stream->write_completed_queue));
  stream->write_queue_size = 0;
  stream->loop->active_reqs.count -= count;
}

bool WriteBytes(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, bytes, size);
    if (written >= 0) {
      bytes += written;
      size -= static_cast<size_t>(written);
    } else if (errno == EAGAIN) {
      pollfd room = {fd, POLLOUT, 0};
      (void)poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

Napi::Value EndWatchers(const Napi::CallbackInfo& info) {
  uv_loop_t* loop = LoopOf(info.Env());
  const int fd = info[0].As<Napi::Number>().Int32Value();
  const bool forget = info[1].As<Napi::Boolean>().Value();
  bool found = false;
  ForEachHandleOf(loop, fd, [&](uv_handle_t* handle) {
    if (handle->type == UV_POLL) uv_poll_stop(reinterpret_cast<uv_poll_t*>(handle));
    if (handle->type == UV_UDP) uv_udp_recv_stop(reinterpret_cast<uv_udp_t*>(handle));
    uv_stream_t* stream = AsStream(handle);
    if (stream == nullptr) return;
    found = true;
    if (uv_is_readable(stream)) uv_read_stop(stream);
    if (forget) ForgetWrites(stream);
    StopWatching(loop, &stream->io_watcher);
    if (Count(AsQueue(&stream->write_queue)) > 0) Feed(loop, &stream->io_watcher);
  });
  return Napi::Boolean::New(info.Env(), found);
}

Napi::Value WriteBacklog(const Napi::CallbackInfo& info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  ForEachHandleOf(LoopOf(info.Env()), fd, [fd](uv_handle_t* handle) {
    const uv_stream_t* stream = AsStream(handle);
    if (stream == nullptr) return;
    const Queue* head = AsQueue(&stream->write_queue);
    for (const Queue* each = head->next; each != head; each = each->next) {
      const auto* request =
          reinterpret_cast<const uv_write_t*>(reinterpret_cast<const char*>(each) - offsetof(uv_write_t, queue));
      for (unsigned i = request->write_index; i < request->nbufs; i++) {
        if (!WriteBytes(fd, request->bufs[i].base, request->bufs[i].len)) return;
      }
    }
  });
  return info.Env().Undefined();
}

Napi::Value WriteAll(const Napi::CallbackInfo& info) {
  const auto bytes = info[1].As<Napi::Uint8Array>();
  WriteBytes(info[0].As<Napi::Number>().Int32Value(), reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  return info.Env().Undefined();
}

}  // namespace posix_fork
