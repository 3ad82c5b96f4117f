// How does a failure below become an error that looks like Node's own?
#pragma once

#include <napi.h>

#include <string>

namespace posix_fork {

/// An `Error` as Node makes it for system calls: `code: 'ECHILD'`, `errno: -10`, `syscall: 'waitpid'`.
Napi::Error SystemError(Napi::Env env, int error_number, const char* syscall);

/// An `Error` with a `code` of this package's own, such as `ERR_FORK_BUSY`.
Napi::Error CodedError(Napi::Env env, const char* code, const std::string& message);

}  // namespace posix_fork
