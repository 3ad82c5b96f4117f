#include "process/fd_messages.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <vector>

#include "sys/errors.h"
#include "sys/retry.h"

namespace posix_fork {

namespace {

constexpr size_t kMaxFds = 253;     // SCM_MAX_FD in include/net/scm.h of Linux
constexpr size_t kMaxParts = 1024;  // IOV_MAX: the rest goes with the next call

int Int(const Napi::Value& value) { return value.As<Napi::Number>().Int32Value(); }

// What else a socket may have been told to hand over with each message, and which comes before the descriptors:
// SO_PASSCRED, SO_PASSSEC (a label of at most a page), SO_PASSPIDFD, SO_TIMESTAMP. Without room for it the kernel
// closes descriptors, as if there were no numbers for them.
constexpr size_t kOthers = 4096 + 256;
constexpr int kScmPidfd = 4;  // SCM_PIDFD of <linux/socket.h>, Linux 6.5

union Control {
  cmsghdr alignment;
  char bytes[CMSG_SPACE(kMaxFds * sizeof(int)) + kOthers];
};

std::vector<iovec> ToVectors(const Napi::Array& parts, size_t skip) {
  std::vector<iovec> vectors;
  const uint32_t count = parts.Length();
  for (uint32_t i = 0; i < count && vectors.size() < kMaxParts; i++) {
    auto part = parts.Get(i).As<Napi::Uint8Array>();
    const size_t size = part.ByteLength();
    if (size <= skip) {
      skip -= size;
      continue;
    }
    vectors.push_back({part.Data() + skip, size - skip});
    skip = 0;
  }
  return vectors;
}

void PutFds(const Napi::Array& fds, Control* control, msghdr* message) {
  const uint32_t count = fds.Length();
  if (count == 0) return;
  message->msg_control = control->bytes;
  message->msg_controllen = CMSG_SPACE(count * sizeof(int));
  memset(control->bytes, 0, message->msg_controllen);
  cmsghdr* header = CMSG_FIRSTHDR(message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(count * sizeof(int));
  for (uint32_t i = 0; i < count; i++) {
    const int fd = Int(fds.Get(i));
    memcpy(CMSG_DATA(header) + i * sizeof fd, &fd, sizeof fd);
  }
}

cmsghdr* NextHeader(msghdr* message, cmsghdr* header) {
// musl's macro compares a length with a distance.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
  return CMSG_NXTHDR(message, header);
#pragma GCC diagnostic pop
}

void TakeFds(msghdr* message, Napi::Array fds) {
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr; header = NextHeader(message, header)) {
    if (header->cmsg_level != SOL_SOCKET) continue;
    if (header->cmsg_type == kScmPidfd) {
      int sender;
      memcpy(&sender, CMSG_DATA(header), sizeof sender);
      if (sender >= 0) close(sender);  // nobody has asked for it here
    }
    if (header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      fds.Set(fds.Length(), Napi::Number::New(fds.Env(), fd));
    }
  }
}

// SCM_RIGHTS is a thing of Unix sockets; all others drop it without a word (__sock_cmsg_send() in net/core/sock.c).
int CheckUnix(int fd) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) return errno;
  return domain == AF_UNIX ? 0 : EOPNOTSUPP;
}

bool IsGone(int error) { return error == EPIPE || error == ECONNRESET; }

// Receives into `vector`, and whatever descriptors come with it into `control`. Returns as recvmsg(2).
ssize_t Receive(int fd, iovec vector, int flags, Control* control, msghdr* message) {
  return Retry([&] {
    message->msg_iov = &vector;
    message->msg_iovlen = 1;
    message->msg_control = control->bytes;
    message->msg_controllen = sizeof control->bytes;
    return recvmsg(fd, message, flags | MSG_CMSG_CLOEXEC);
  });
}

}  // namespace

Napi::Value SendParts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::vector<iovec> vectors =
      ToVectors(info[1].As<Napi::Array>(), static_cast<size_t>(info[2].As<Napi::Number>().Int64Value()));
  msghdr message = {};
  Control control;
  PutFds(info[3].As<Napi::Array>(), &control, &message);
  message.msg_iov = vectors.data();
  message.msg_iovlen = vectors.size();
  const ssize_t sent = Retry([&] { return sendmsg(Int(info[0]), &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (sent >= 0) return Napi::Number::New(env, static_cast<double>(sent));
  if (errno == EAGAIN) return Napi::Number::New(env, 0);
  if (IsGone(errno)) return Napi::Number::New(env, -1);
  throw SystemError(env, errno, "sendmsg");
}

Napi::Value ReceiveInto(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto buffer = info[1].As<Napi::Uint8Array>();
  const auto offset = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  Control control;
  msghdr message = {};
  const ssize_t received =
      Receive(Int(info[0]), {buffer.Data() + offset, buffer.ByteLength() - offset}, MSG_DONTWAIT, &control, &message);
  if (received >= 0) {
    if (message.msg_controllen > 0) TakeFds(&message, info[3].As<Napi::Array>());
    return Napi::Number::New(env, static_cast<double>(received));
  }
  if (errno == EAGAIN) return Napi::Number::New(env, -1);
  if (IsGone(errno)) return Napi::Number::New(env, 0);
  throw SystemError(env, errno, "recvmsg");
}

Napi::Value SendFds(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = Int(info[0]);
  if (const int error = CheckUnix(fd)) throw SystemError(env, error, "sendmsg");
  auto bytes = info[1].As<Napi::Uint8Array>();
  iovec vector = {bytes.Data(), bytes.ByteLength()};
  msghdr message = {};
  Control control;
  PutFds(info[2].As<Napi::Array>(), &control, &message);
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  const ssize_t sent = Retry([&] { return sendmsg(fd, &message, MSG_NOSIGNAL); });
  if (sent < 0) throw SystemError(env, errno, "sendmsg");
  return Napi::Number::New(env, static_cast<double>(sent));
}

Napi::Value ReceiveFds(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto buffer = info[1].As<Napi::Uint8Array>();
  const Napi::Array fds = info[2].As<Napi::Array>();
  Control control;
  msghdr message = {};
  const ssize_t received = Receive(Int(info[0]), {buffer.Data(), buffer.ByteLength()}, 0, &control, &message);
  if (received < 0) throw SystemError(env, errno, "recvmsg");
  if (message.msg_controllen > 0) TakeFds(&message, fds);
  if (message.msg_flags & MSG_CTRUNC) {
    // There were no numbers for all of them: the kernel has closed the rest.
    for (uint32_t i = 0; i < fds.Length(); i++) close(Int(fds.Get(i)));
    throw SystemError(env, EMFILE, "recvmsg");
  }
  Napi::Array result = Napi::Array::New(env, 2);
  result.Set(uint32_t{0}, Napi::Number::New(env, static_cast<double>(received)));
  result.Set(uint32_t{1}, Napi::Boolean::New(env, (message.msg_flags & MSG_TRUNC) != 0));
  return result;
}

Napi::Value WaitForFd(const Napi::CallbackInfo& info) {
  using Clock = std::chrono::steady_clock;
  const auto events = [&](size_t i, int event) { return info[i].As<Napi::Boolean>().Value() ? event : 0; };
  const int timeout = Int(info[3]);
  const auto end = Clock::now() + std::chrono::milliseconds(timeout);
  pollfd poller = {Int(info[0]), static_cast<short>(events(1, POLLIN) | events(2, POLLOUT)), 0};
  int left = timeout;
  int ready;
  while ((ready = poll(&poller, 1, left)) < 0 && errno == EINTR) {
    if (timeout < 0) continue;
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    left = rest > 0 ? static_cast<int>(rest) : 0;
  }
  if (ready < 0) throw SystemError(info.Env(), errno, "poll");
  return Napi::Boolean::New(info.Env(), ready > 0);
}

Napi::Value ClearSocketError(const Napi::CallbackInfo& info) {
  int error = 0;
  socklen_t size = sizeof error;
  (void)getsockopt(Int(info[0]), SOL_SOCKET, SO_ERROR, &error, &size);
  return info.Env().Undefined();
}

}  // namespace posix_fork
