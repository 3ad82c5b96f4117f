// Which event loop is this environment's?
#pragma once

#include <napi.h>
#include <uv.h>

namespace posix_fork {

inline uv_loop_t* LoopOf(Napi::Env env) {
  uv_loop_t* loop = nullptr;
  NAPI_THROW_IF_FAILED(env, napi_get_uv_event_loop(env, &loop), nullptr);
  return loop;
}

/// The stream that this handle is, or null.
inline uv_stream_t* AsStream(uv_handle_t* handle) {
  const bool stream = handle->type == UV_TCP || handle->type == UV_NAMED_PIPE || handle->type == UV_TTY;
  return stream ? reinterpret_cast<uv_stream_t*>(handle) : nullptr;
}

}  // namespace posix_fork
