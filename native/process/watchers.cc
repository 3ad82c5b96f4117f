#include "process/watchers.h"

#include <poll.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <functional>

#include "node/uv_handles.h"
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
    StopWatching(loop, stream);
  });
  return Napi::Boolean::New(info.Env(), found);
}

Napi::Value WriteBacklog(const Napi::CallbackInfo& info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  ForEachHandleOf(LoopOf(info.Env()), fd, [fd](uv_handle_t* handle) {
    const uv_stream_t* stream = AsStream(handle);
    if (stream == nullptr) return;
    ForEachUnwritten(stream, [fd](const uv_buf_t& buffer) { return WriteBytes(fd, buffer.base, buffer.len); });
  });
  return info.Env().Undefined();
}

Napi::Value WriteAll(const Napi::CallbackInfo& info) {
  const auto bytes = info[1].As<Napi::Uint8Array>();
  WriteBytes(info[0].As<Napi::Number>().Int32Value(), reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
  return info.Env().Undefined();
}

}  // namespace posix_fork
