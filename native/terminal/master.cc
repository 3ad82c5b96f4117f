#include "terminal/master.h"

#include <unistd.h>

#include <cerrno>

#include "sys/errors.h"

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
