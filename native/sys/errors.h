// How does a failure below become an error that looks like Node's own?
#pragma once

#include <napi.h>

#include <string>

namespace posix_fork {

/// An `Error` as Node makes it for system calls: `code: 'ECHILD'`, `errno: -10`, `syscall: 'waitpid'`.
Napi::Error SystemError(Napi::Env env, int error_number, const char* syscall);

/// The same for a call that is about a file: with `path`, and the detail (or nothing) at the end of the message.
Napi::Error SystemError(Napi::Env env, int error_number, const char* syscall, const std::string& path,
                        const std::string& detail = "");

/// An `Error` with a `code` of this package's own, such as `ERR_FORK_BUSY`.
Napi::Error CodedError(Napi::Env env, const char* code, const std::string& message);

}  // namespace posix_fork
