#include "fork/result_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "sys/errors.h"

namespace posix_fork {

Napi::Value ResultPipe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw SystemError(env, errno, "pipe2");
  Napi::Array array = Napi::Array::New(env, 2);
  array.Set(uint32_t{0}, Napi::Number::New(env, ends[0]));
  array.Set(uint32_t{1}, Napi::Number::New(env, ends[1]));
  return array;
}

}  // namespace posix_fork
