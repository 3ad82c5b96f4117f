#include "terminal/poll.h"

#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <memory>
#include <unordered_map>

#include "sys/errors.h"

namespace posix_fork {

namespace {

class Polls;

struct Poll : uv_poll_t {
  Polls* owner;
  Napi::FunctionReference callback;
};

// Those of one environment, which has one loop and one thread.
class Polls {
 public:
  static Polls& Of(napi_env env) {
    for (Polls* each = first_; each != nullptr; each = each->next_) {
      if (each->env_ == env && !each->ended_) return *each;
    }
    return *new Polls(env);  // deletes itself when the environment has ended
  }

  uint32_t Open(int fd, const Napi::Function& callback) {
    auto poll = std::make_unique<Poll>();
    poll->owner = this;
    if (const int error = uv_poll_init(loop_, poll.get(), fd)) throw SystemError(env_, -error, "poll");
    poll->callback = Napi::Persistent(callback);
    const uint32_t id = ++last_;
    polls_.emplace(id, poll.release());
    return id;
  }

  void Set(uint32_t id, int events, bool ref) {
    const auto found = polls_.find(id);
    if (found == polls_.end()) return;
    Poll* poll = found->second;
    auto* handle = reinterpret_cast<uv_handle_t*>(static_cast<uv_poll_t*>(poll));
    if (ref) {
      uv_ref(handle);
    } else {
      uv_unref(handle);
    }
    const int error = events == 0 ? uv_poll_stop(poll) : uv_poll_start(poll, events, OnEvent);
    if (error != 0) throw SystemError(env_, -error, "poll");
  }

  void Close(uint32_t id) {
    const auto found = polls_.find(id);
    if (found == polls_.end()) return;
    Close(found->second);
    polls_.erase(found);
  }

 private:
  explicit Polls(napi_env env)
      : env_(env), next_(first_), context_(std::make_unique<Napi::AsyncContext>(env, "posix-fork.pty")) {
    NAPI_THROW_IF_FAILED_VOID(env_, napi_get_uv_event_loop(env, &loop_));
    NAPI_THROW_IF_FAILED_VOID(env_, napi_add_async_cleanup_hook(env, OnEnvironmentEnd, this, &cleanup_));
    first_ = this;
  }

  ~Polls() {
    Polls** link = &first_;
    while (*link != this) link = &(*link)->next_;
    *link = next_;
  }

  // The callback reads and writes until nothing is there, and an error too: POLLERR and POLLHUP are for it to find out.
  static void OnEvent(uv_poll_t* handle, int, int) {
    Poll* poll = static_cast<Poll*>(handle);
    Polls* owner = poll->owner;
    const Napi::HandleScope scope(owner->env_);
    try {
      poll->callback.MakeCallback(Napi::Env(owner->env_).Global(), {}, *owner->context_);
    } catch (const Napi::Error& error) {
      napi_fatal_exception(owner->env_, error.Value());
    }
  }

  void Close(Poll* poll) {
    closing_++;
    poll->callback.Reset();
    uv_close(reinterpret_cast<uv_handle_t*>(static_cast<uv_poll_t*>(poll)), [](uv_handle_t* closed) {
      Poll* own = static_cast<Poll*>(reinterpret_cast<uv_poll_t*>(closed));
      Polls* owner = own->owner;
      delete own;
      owner->closing_--;
      owner->FinishIfEnded();
    });
  }

  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
    auto* polls = static_cast<Polls*>(data);
    polls->ended_ = true;
    for (const auto& entry : polls->polls_) polls->Close(entry.second);
    polls->polls_.clear();
    polls->context_.reset();
    polls->FinishIfEnded();
  }

  void FinishIfEnded() {
    if (!ended_ || closing_ > 0) return;
    napi_remove_async_cleanup_hook(cleanup_);
    delete this;
  }

  // Of this thread. Pointers without a destructor, because the thread's end may come before its environment's.
  static thread_local Polls* first_;

  napi_env env_;
  Polls* next_;
  std::unique_ptr<Napi::AsyncContext> context_;
  uv_loop_t* loop_ = nullptr;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  std::unordered_map<uint32_t, Poll*> polls_;
  uint32_t last_ = 0;
  size_t closing_ = 0;  // handles that libuv is not through with
  bool ended_ = false;
};

thread_local Polls* Polls::first_ = nullptr;

Napi::Value Moved(Napi::Env env, ssize_t size, const char* syscall) {
  if (size >= 0) return Napi::Number::New(env, static_cast<double>(size));
  if (errno == EAGAIN) return Napi::Number::New(env, -1);
  throw SystemError(env, errno, syscall);
}

}  // namespace

Napi::Value PollOpen(const Napi::CallbackInfo& info) {
  const int fd = info[0].As<Napi::Number>().Int32Value();
  return Napi::Number::New(info.Env(), Polls::Of(info.Env()).Open(fd, info[1].As<Napi::Function>()));
}

Napi::Value PollSet(const Napi::CallbackInfo& info) {
  const auto on = [&](size_t i) { return info[i].As<Napi::Boolean>().Value(); };
  const int events = (on(1) ? UV_READABLE : 0) | (on(2) ? UV_WRITABLE : 0);
  Polls::Of(info.Env()).Set(info[0].As<Napi::Number>().Uint32Value(), events, on(3));
  return info.Env().Undefined();
}

Napi::Value PollClose(const Napi::CallbackInfo& info) {
  Polls::Of(info.Env()).Close(info[0].As<Napi::Number>().Uint32Value());
  return info.Env().Undefined();
}

Napi::Value ReadNow(const Napi::CallbackInfo& info) {
  Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  ssize_t size;
  do {
    size = read(info[0].As<Napi::Number>().Int32Value(), bytes.Data(), bytes.ByteLength());
  } while (size < 0 && errno == EINTR);
  // Nobody has the slave open any more, and everything that was written there has been read (pty(7)).
  if (size < 0 && errno == EIO) size = 0;
  return Moved(info.Env(), size, "read");
}

Napi::Value WriteNow(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  const size_t offset = info[2].As<Napi::Number>().Uint32Value();
  ssize_t size;
  do {
    size = write(info[0].As<Napi::Number>().Int32Value(), bytes.Data() + offset, bytes.ByteLength() - offset);
  } while (size < 0 && errno == EINTR);
  return Moved(info.Env(), size, "write");
}

}  // namespace posix_fork
