#include "process/descriptors.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "reap/kernel.h"
#include "reap/table.h"
#include "sys/errors.h"
#include "sys/fd.h"
#include "sys/retry.h"

namespace posix_fork {

namespace {

int Int(const Napi::Value& value) { return value.As<Napi::Number>().Int32Value(); }
bool Bool(const Napi::Value& value) { return value.As<Napi::Boolean>().Value(); }

Napi::Array Pair(Napi::Env env, const int fds[2]) {
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(uint32_t{0}, Napi::Number::New(env, fds[0]));
  pair.Set(uint32_t{1}, Napi::Number::New(env, fds[1]));
  return pair;
}

// A daemon has two: its pidfile, whose lock must end with it, and the pipe to its parent, who waits for its end.
constexpr int kNone = -1;
std::atomic<int> g_private_fds[2] = {{kNone}, {kNone}};

// Child of every fork(2) in the process. Async-signal-safe.
void ClosePrivateFdsInChild() {
  for (std::atomic<int>& fd : g_private_fds) {
    if (fd != kNone) close(fd);
    fd = kNone;
  }
}

}  // namespace

Napi::Value Pipe(const Napi::CallbackInfo& info) {
  int fds[2];
  const int flags = (Bool(info[0]) ? O_CLOEXEC : 0) | (Bool(info[1]) ? O_NONBLOCK : 0);
  if (pipe2(fds, flags) != 0) throw SystemError(info.Env(), errno, "pipe");
  return Pair(info.Env(), fds);
}

Napi::Value Socketpair(const Napi::CallbackInfo& info) {
  const std::string name = info[0].As<Napi::String>().Utf8Value();
  const int type = name == "dgram" ? SOCK_DGRAM : name == "seqpacket" ? SOCK_SEQPACKET : SOCK_STREAM;
  const int flags = (Bool(info[1]) ? SOCK_CLOEXEC : 0) | (Bool(info[2]) ? SOCK_NONBLOCK : 0);
  int fds[2];
  if (socketpair(AF_UNIX, type | flags, 0, fds) != 0) throw SystemError(info.Env(), errno, "socketpair");
  return Pair(info.Env(), fds);
}

Napi::Value Dup2(const Napi::CallbackInfo& info) {
  const int old_fd = Int(info[0]);
  const int new_fd = Int(info[1]);
  int result = 0;
  if (old_fd == new_fd) {
    // dup3(2) refuses what dup2(2) allows.
    const int flags = fcntl(old_fd, F_GETFD);
    result = flags;
    if (flags >= 0 && !info[2].IsNull()) {
      result = fcntl(old_fd, F_SETFD, Bool(info[2]) ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
    }
  } else {
    const bool cloexec = info[2].IsNull() ? new_fd > STDERR_FILENO : Bool(info[2]);
    if (const int error = DuplicateOnto(old_fd, new_fd, cloexec)) throw SystemError(info.Env(), error, "dup2");
  }
  if (result < 0) throw SystemError(info.Env(), errno, "dup2");
  return Napi::Number::New(info.Env(), new_fd);
}

Napi::Value Dup(const Napi::CallbackInfo& info) {
  const int fd = fcntl(Int(info[0]), Bool(info[2]) ? F_DUPFD_CLOEXEC : F_DUPFD, Int(info[1]));
  if (fd < 0) throw SystemError(info.Env(), errno, "dup");
  return Napi::Number::New(info.Env(), fd);
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  // Linux has let it go, whatever it says (close(2)).
  close(Int(info[0]));
  return info.Env().Undefined();
}

Napi::Value DescriptorFlag(const Napi::CallbackInfo& info) {
  const int fd = Int(info[0]);
  const bool cloexec = Bool(info[1]);
  const int flag = cloexec ? FD_CLOEXEC : O_NONBLOCK;
  const int flags = fcntl(fd, cloexec ? F_GETFD : F_GETFL);
  if (flags < 0) throw SystemError(info.Env(), errno, "fcntl");
  const bool was = (flags & flag) != 0;
  if (!info[2].IsUndefined() && Bool(info[2]) != was && fcntl(fd, cloexec ? F_SETFD : F_SETFL, flags ^ flag) != 0) {
    throw SystemError(info.Env(), errno, "fcntl");
  }
  return Napi::Boolean::New(info.Env(), was);
}

Napi::Value Pidfd(const Napi::CallbackInfo& info) {
  const pid_t pid = Int(info[0]);
  ReapTable::ChildRef child;
  Fd pidfd;
  if (ReapTable::Get().Find(pid, &child) == ReapTable::Owner::kPackage) {
    const ReapTable::PidfdRef known = ReapTable::Get().PidfdOf(child);
    if (known) {
      pidfd = Fd(fcntl(known->get(), F_DUPFD_CLOEXEC, 0));
      if (!pidfd) throw SystemError(info.Env(), errno, "pidfd_open");
      return Napi::Number::New(info.Env(), pidfd.release());
    }
    // Reaped: the pid may be another's by now.
    if (ReapTable::Get().TryWait(child, 0, ReapTable::Get().changes()).kind != Outcome::Kind::kNone) {
      throw SystemError(info.Env(), ESRCH, "pidfd_open");
    }
  }
  pidfd = OpenPidfd(pid);
  if (!pidfd) throw SystemError(info.Env(), errno, "pidfd_open");
  return Napi::Number::New(info.Env(), pidfd.release());
}

Napi::Value Flock(const Napi::CallbackInfo& info) {
  const int result = Retry([&] { return flock(Int(info[0]), Int(info[1])); });
  if (result < 0 && errno != EWOULDBLOCK) throw SystemError(info.Env(), errno, "flock");
  return Napi::Boolean::New(info.Env(), result == 0);
}

Napi::Value CloseInForkedChildren(const Napi::CallbackInfo& info) {
  static const int error = pthread_atfork(nullptr, nullptr, ClosePrivateFdsInChild);
  if (error != 0) throw SystemError(info.Env(), error, "pthread_atfork");
  for (std::atomic<int>& fd : g_private_fds) {
    int none = kNone;
    if (fd.compare_exchange_strong(none, Int(info[0]))) break;
  }
  return info.Env().Undefined();
}

Napi::Value KeepInForkedChildren(const Napi::CallbackInfo& info) {
  for (std::atomic<int>& fd : g_private_fds) {
    int held = Int(info[0]);
    fd.compare_exchange_strong(held, kNone);
  }
  return info.Env().Undefined();
}

}  // namespace posix_fork
