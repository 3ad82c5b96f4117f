#include "fork/standard_streams.h"

#include <unistd.h>
#include <uv.h>

#include "sys/loop.h"
#include "sys/sockets.h"

namespace posix_fork {

namespace {

struct Search {
  int fd;
  int found;
};

void CountHandle(uv_handle_t* handle, void* data) {
  auto* search = static_cast<Search*>(data);
  int fd = -1;
  const bool stream = handle->type == UV_TCP || handle->type == UV_NAMED_PIPE;
  if (stream && !uv_is_closing(handle) && uv_fileno(handle, &fd) == 0 && fd == search->fd) search->found++;
}

// libuv opens a terminal once more, and its handle has that number (uv_tty_init): so each of them may be the stream's.
void CountTerminal(uv_handle_t* handle, void* data) {
  if (handle->type == UV_TTY && !uv_is_closing(handle)) static_cast<Search*>(data)->found++;
}

}  // namespace

Napi::Value ConnectionsAt(const Napi::CallbackInfo& info) {
  Search search = {info[0].As<Napi::Number>().Int32Value(), 0};
  if (IsConnection(search.fd)) uv_walk(LoopOf(info.Env()), CountHandle, &search);
  return Napi::Number::New(info.Env(), search.found);
}

Napi::Value StreamsAt(const Napi::CallbackInfo& info) {
  Search search = {info[0].As<Napi::Number>().Int32Value(), 0};
  uv_walk(LoopOf(info.Env()), isatty(search.fd) != 0 ? CountTerminal : CountHandle, &search);
  return Napi::Number::New(info.Env(), search.found);
}

}  // namespace posix_fork
