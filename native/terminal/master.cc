#include "terminal/master.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sys/errors.h"
#include "sys/retry.h"

namespace posix_fork {

namespace {

Napi::Value Moved(Napi::Env env, ssize_t size, const char* syscall) {
  if (size >= 0) return Napi::Number::New(env, static_cast<double>(size));
  if (errno == EAGAIN) return Napi::Number::New(env, -1);
  throw SystemError(env, errno, syscall);
}

}  // namespace

Napi::Value ReadNow(const Napi::CallbackInfo& info) {
  Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  const int fd = info[0].As<Napi::Number>().Int32Value();
  ssize_t size = Retry([&] { return read(fd, bytes.Data(), bytes.ByteLength()); });
  // Nobody has the slave open any more, and everything that was written there has been read (pty(7)).
  if (size < 0 && errno == EIO) size = 0;
  return Moved(info.Env(), size, "read");
}

Napi::Value WriteNow(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  const size_t offset = std::min<size_t>(info[2].As<Napi::Number>().Uint32Value(), bytes.ByteLength());
  const uint8_t* const begin = bytes.Data() + offset;
  const size_t left = bytes.ByteLength() - offset;
  const int fd = info[0].As<Napi::Number>().Int32Value();
  const ssize_t size = Retry([&] { return write(fd, begin, left); });
  return Moved(info.Env(), size, "write");
}

}  // namespace posix_fork
