#include "sys/errors.h"

#include <uv.h>

#include <cerrno>

namespace posix_fork {

namespace {

Napi::Error MakeSystemError(Napi::Env env, int error_number, const char* syscall, const std::string& about) {
  // libuv's error numbers are the negated errno on every Unix, and its texts are what Node's errors say.
  const int uv_error = -error_number;
  // The one that it has no name for is wait(2)'s.
  const bool no_child = error_number == ECHILD;
  const std::string code = no_child ? "ECHILD" : uv_err_name(uv_error);
  const std::string text = no_child ? "no child processes" : uv_strerror(uv_error);
  const std::string message = code + ": " + text + ", " + syscall + about;
  Napi::Error error = CodedError(env, code.c_str(), message);
  error.Set("errno", Napi::Number::New(env, uv_error));
  error.Set("syscall", Napi::String::New(env, syscall));
  return error;
}

}  // namespace

Napi::Error SystemError(Napi::Env env, int error_number, const char* syscall) {
  return MakeSystemError(env, error_number, syscall, "");
}

Napi::Error SystemError(Napi::Env env, int error_number, const char* syscall, const std::string& path,
                        const std::string& detail) {
  Napi::Error error =
      MakeSystemError(env, error_number, syscall, " '" + path + "'" + (detail.empty() ? "" : ": " + detail));
  error.Set("path", Napi::String::New(env, path));
  return error;
}

Napi::Error CodedError(Napi::Env env, const char* code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, code));
  return error;
}

}  // namespace posix_fork
