// How much may a process use?
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>

namespace posix_fork {

/// prlimit(pid, resource, soft, hard): [soft, hard] as they were; undefined: stays, Infinity: no limit.
Napi::Value Prlimit(const Napi::CallbackInfo& info);

/// A limit as JavaScript has it: a number, Infinity, or undefined.
std::optional<uint64_t> ToLimit(const Napi::Value& value);

/// 'nofile' for RLIMIT_NOFILE.
const char* ResourceName(int resource);

}  // namespace posix_fork
