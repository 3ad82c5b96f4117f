#include "sys/errors.h"

#include <uv.h>

#include <cerrno>

namespace posix_fork {

namespace {

// Those of wait(2), exec(2), flock(2) and sendmsg(2) that libuv has no name for.
struct Unnamed {
  int error_number;
  const char* name;
  const char* text;
};
constexpr Unnamed kUnnamed[] = {
    {ECHILD, "ECHILD", "no child processes"},
    {ENOLCK, "ENOLCK", "no locks available"},
    {ENOEXEC, "ENOEXEC", "exec format error"},
    {ETOOMANYREFS, "ETOOMANYREFS", "too many references: cannot splice"},
    {ELIBBAD, "ELIBBAD", "accessing a corrupted shared library"},
};

const Unnamed* FindUnnamed(int error_number) {
  for (const Unnamed& unnamed : kUnnamed) {
    if (unnamed.error_number == error_number) return &unnamed;
  }
  return nullptr;
}

Napi::Error MakeSystemError(Napi::Env env, int error_number, const char* syscall, const std::string& about) {
  // libuv's error numbers are the negated errno on every Unix, and its texts are what Node's errors say.
  const int uv_error = -error_number;
  const Unnamed* unnamed = FindUnnamed(error_number);
  const std::string code = unnamed != nullptr ? unnamed->name : uv_err_name(uv_error);
  const std::string text = unnamed != nullptr ? unnamed->text : uv_strerror(uv_error);
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
