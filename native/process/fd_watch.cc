#include "process/fd_watch.h"

#include <unistd.h>
#include <uv.h>

#include <optional>
#include <string>

#include "sys/callback.h"
#include "sys/errors.h"
#include "sys/loop.h"

namespace posix_fork {

namespace {

// Owns itself until its handle is closed, by JavaScript or by the environment's end.
class FdWatch {
 public:
  static FdWatch* Start(Napi::Env env, int fd, const std::string& type, Napi::Function callback) {
    auto* watch = new FdWatch(env, fd, callback);
    watch->Show(type);
    const int error = uv_poll_init(LoopOf(env), &watch->poll_, fd);
    if (error != 0) {
      delete watch;
      throw SystemError(env, -error, "uv_poll_init");
    }
    uv_unref(watch->Handle());
    napi_add_async_cleanup_hook(env, OnEnvironmentEnd, watch, &watch->cleanup_);
    return watch;
  }

  void Set(int events, bool ref) {
    if (uv_is_closing(Handle())) return;
    // uv_poll_start() costs system calls also where nothing changes.
    if (events != events_ || (events != 0 && !uv_is_active(Handle()))) {
      events == 0 ? uv_poll_stop(&poll_) : uv_poll_start(&poll_, events, OnEvent);
    }
    events_ = events;
    ref ? uv_ref(Handle()) : uv_unref(Handle());
  }

  void Show(const std::string& type) {
    if (!type.empty() && !context_) context_.emplace(env_, type.c_str());
  }

  void Close() {
    if (uv_is_closing(Handle())) return;
    uv_close(Handle(), [](uv_handle_t* closed) {
      auto* watch = static_cast<FdWatch*>(closed->data);
      const Napi::HandleScope scope(watch->env_);
      napi_remove_async_cleanup_hook(watch->cleanup_);
      delete watch;
    });
  }

 private:
  FdWatch(Napi::Env env, int fd, Napi::Function callback) : env_(env), fd_(fd), callback_(Napi::Persistent(callback)) {
    poll_.data = this;
  }

  uv_handle_t* Handle() { return reinterpret_cast<uv_handle_t*>(&poll_); }

  // libuv stops a poll when there is an error at the descriptor (uv__poll_io() in src/unix/poll.c): here it is that the
  // other end was closed with something unread, and there may be more to read.
  static void OnEvent(uv_poll_t* poll, int status, int events) {
    auto* watch = static_cast<FdWatch*>(poll->data);
    const Napi::Env env = watch->env_;
    const Napi::HandleScope scope(env);
    CallFromLoop(env, watch->callback_, {Napi::Boolean::New(env, status < 0 || (events & UV_DISCONNECT) != 0)},
                 watch->context_ ? static_cast<napi_async_context>(*watch->context_) : nullptr);
  }

  // A Worker that is terminated runs no more JavaScript, which would have closed the descriptor, too.
  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
    auto* watch = static_cast<FdWatch*>(data);
    if (uv_is_closing(watch->Handle())) return;
    watch->Close();
    close(watch->fd_);
  }

  Napi::Env env_;
  int fd_;
  std::optional<Napi::AsyncContext> context_;  // without one no hook of async_hooks hears of the callback
  Napi::FunctionReference callback_;
  uv_poll_t poll_;
  int events_ = 0;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
};

FdWatch* AsWatch(const Napi::Value& value) { return value.As<Napi::External<FdWatch>>().Data(); }

}  // namespace

Napi::Value WatchFd(const Napi::CallbackInfo& info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  const std::string type = info[1].As<Napi::String>();
  return Napi::External<FdWatch>::New(info.Env(), FdWatch::Start(info.Env(), fd, type, info[2].As<Napi::Function>()));
}

Napi::Value SetWatch(const Napi::CallbackInfo& info) {
  const auto flag = [&](size_t i, int event) { return info[i].As<Napi::Boolean>().Value() ? event : 0; };
  AsWatch(info[0])->Set(flag(1, UV_READABLE) | flag(2, UV_WRITABLE) | flag(3, UV_DISCONNECT), flag(4, 1) != 0);
  return info.Env().Undefined();
}

Napi::Value ShowWatch(const Napi::CallbackInfo& info) {
  AsWatch(info[0])->Show(info[1].As<Napi::String>());
  return info.Env().Undefined();
}

Napi::Value CloseWatch(const Napi::CallbackInfo& info) {
  AsWatch(info[0])->Close();
  return info.Env().Undefined();
}

}  // namespace posix_fork
