// Who frees a libuv handle? The handle itself, once libuv is through with it, which takes a turn of the loop: whoever
// has started it just lets go of it.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <unordered_set>
#include <utility>

namespace posix_fork {

/// The handles that the waits of one environment have on its loop. On the loop's thread only.
class WaitHandles {
 public:
  using Callback = std::function<void()>;

  template <typename T>
  struct Handle : T {
    WaitHandles* owner;
    Callback on_event;
  };

  /// `on_all_closed` is called when libuv is through with the last one that was closed, and may end this object.
  WaitHandles(uv_loop_t* loop, Callback on_all_closed) : loop_(loop), on_all_closed_(std::move(on_all_closed)) {}
  WaitHandles(const WaitHandles&) = delete;
  WaitHandles& operator=(const WaitHandles&) = delete;

  /// Null where there is no room for it.
  Handle<uv_poll_t>* StartPoll(int fd, Callback on_readable) {
    auto poll = New<uv_poll_t>();
    poll->on_event = std::move(on_readable);
    if (uv_poll_init(loop_, poll.get(), fd) != 0) return nullptr;
    Handle<uv_poll_t>* started = Open(std::move(poll));
    if (uv_poll_start(started, UV_READABLE, [](uv_poll_t* self, int, int) { Call(self); }) == 0) return started;
    Close(&started);
    return nullptr;
  }

  Handle<uv_signal_t>* StartSignal(int signum, Callback on_signal) {
    auto signal = New<uv_signal_t>();
    signal->on_event = std::move(on_signal);
    uv_signal_init(loop_, signal.get());
    uv_signal_start(
        signal.get(), [](uv_signal_t* self, int) { Call(self); }, signum);
    return Open(std::move(signal));
  }

  /// Returns 0 or libuv's error.
  int StartAsync(Callback on_sent, Handle<uv_async_t>** async) {
    auto handle = New<uv_async_t>();
    handle->on_event = std::move(on_sent);
    const int error = uv_async_init(loop_, handle.get(), [](uv_async_t* self) { Call(self); });
    if (error == 0) *async = Open(std::move(handle));
    return error;
  }

  /// To be started with StartTimer.
  Handle<uv_timer_t>* NewTimer(Callback on_time) {
    auto timer = New<uv_timer_t>();
    timer->on_event = std::move(on_time);
    uv_timer_init(loop_, timer.get());
    return Open(std::move(timer));
  }
  static void StartTimer(Handle<uv_timer_t>* timer, uint64_t ms) {
    uv_timer_start(
        timer, [](uv_timer_t* self) { Call(self); }, ms, 0);
  }

  /// Also in the callback of this very handle. Null stays null.
  template <typename T>
  void Close(Handle<T>** handle) {
    if (*handle == nullptr) return;
    uv_handle_t* const plain = Plain(*handle);
    open_.erase(plain);
    closing_++;
    uv_close(plain, [](uv_handle_t* closed) {
      auto* const own = static_cast<Handle<T>*>(reinterpret_cast<T*>(closed));
      WaitHandles* const owner = own->owner;
      delete own;
      if (--owner->closing_ > 0) return;
      const Callback on_all_closed = owner->on_all_closed_;  // a copy: this may end the owner
      on_all_closed();
    });
    *handle = nullptr;
  }

  /// Whether they hold the loop: all of them, or none.
  void HoldLoop(bool hold) {
    if (hold && holds_) return;
    holds_ = hold;
    for (uv_handle_t* handle : open_) hold ? uv_ref(handle) : uv_unref(handle);
  }

  bool all_closed() const { return closing_ == 0; }

 private:
  template <typename T>
  std::unique_ptr<Handle<T>> New() {
    auto handle = std::make_unique<Handle<T>>();
    handle->owner = this;
    return handle;
  }

  template <typename T>
  Handle<T>* Open(std::unique_ptr<Handle<T>> handle) {
    open_.insert(Plain(handle.get()));
    return handle.release();
  }

  template <typename T>
  static uv_handle_t* Plain(Handle<T>* handle) {
    return reinterpret_cast<uv_handle_t*>(static_cast<T*>(handle));
  }

  template <typename T>
  static void Call(T* handle) {
    static_cast<Handle<T>*>(handle)->on_event();
  }

  uv_loop_t* const loop_;
  const Callback on_all_closed_;
  std::unordered_set<uv_handle_t*> open_;
  size_t closing_ = 0;  // those that libuv is not through with
  bool holds_ = true;
};

}  // namespace posix_fork
