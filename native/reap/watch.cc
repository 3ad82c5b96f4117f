#include "reap/watch.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <memory>

#include "reap/wait.h"
#include "sys/errors.h"
#include "sys/fd.h"

namespace posix_fork {

namespace {

// pidfds are close-on-exec from birth (pidfd_open(2)).
Fd OpenPidfd(pid_t pid) { return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

// One pending wait. Owns itself from Start until its handle is closed; the environment's end closes it, too.
class Watch {
 public:
  static Napi::Value Start(Napi::Env env, pid_t pid) {
    Fd pidfd = OpenPidfd(pid);
    // The kernel says EINVAL or ESRCH for what is no process; to a waiter it is no child.
    if (!pidfd) throw SystemError(env, errno == ESRCH || errno == EINVAL ? ECHILD : errno, "waitpid");
    // pidfd_open takes any process, wait4 only children.
    siginfo_t ignored;
    if (waitid(P_PID, static_cast<id_t>(pid), &ignored, WEXITED | WNOHANG | WNOWAIT) != 0) {
      throw SystemError(env, errno, "waitpid");
    }
    uv_loop_t* loop = nullptr;
    NAPI_THROW_IF_FAILED(env, napi_get_uv_event_loop(env, &loop), env.Undefined());
    std::unique_ptr<Watch> watch(new Watch(env, pid, std::move(pidfd)));
    if (const int error = uv_poll_init(loop, &watch->poll_, watch->pidfd_.get()))
      throw SystemError(env, -error, "waitpid");
    Watch* started = watch.release();
    uv_poll_start(&started->poll_, UV_READABLE, OnReadable);
    napi_add_async_cleanup_hook(env, OnEnvironmentEnd, started, &started->cleanup_);
    return started->deferred_.Promise();
  }

 private:
  Watch(Napi::Env env, pid_t pid, Fd pidfd)
      : env_(env),
        context_(env, "posix-fork.waitpid"),
        deferred_(Napi::Promise::Deferred::New(env)),
        pid_(pid),
        pidfd_(std::move(pidfd)) {
    poll_.data = this;
  }

  static void OnReadable(uv_poll_t* poll, int /*status*/, int /*events*/) {
    auto* watch = static_cast<Watch*>(poll->data);
    Reaped reaped;
    const int error = Wait4(watch->pid_, WNOHANG, &reaped);
    if (error == 0 && reaped.pid == 0) return;
    const Napi::HandleScope scope(watch->env_);
    const Napi::CallbackScope callback(watch->env_, watch->context_);
    if (error != 0) {
      watch->deferred_.Reject(SystemError(watch->env_, error, "waitpid").Value());
    } else {
      watch->deferred_.Resolve(ReapedToObject(watch->env_, reaped));
    }
    watch->Close();
  }

  static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) { static_cast<Watch*>(data)->Close(); }

  void Close() {
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
      auto* watch = static_cast<Watch*>(handle->data);
      napi_remove_async_cleanup_hook(watch->cleanup_);
      delete watch;
    });
  }

  Napi::Env env_;
  Napi::AsyncContext context_;
  Napi::Promise::Deferred deferred_;
  pid_t pid_;
  Fd pidfd_;
  uv_poll_t poll_;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
};

}  // namespace

Napi::Value Waitpid(const Napi::CallbackInfo& info) {
  return Watch::Start(info.Env(), info[0].As<Napi::Number>().Int32Value());
}

}  // namespace posix_fork
