// Which descriptors is a program to have, and are they there?
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "spawn/fd_plan.h"

namespace posix_fork {

/// From [target, source, …] in ascending order of targets; null: inherited by default, and so only if it is open.
std::vector<FdMapping> ParseFdMap(const Napi::Array& fds);

/// posix_spawn(3) and dup2(2) do not say which was at fault. Throws EBADF, which does.
void CheckFdMap(Napi::Env env, const std::vector<FdMapping>& mappings, const char* syscall, const std::string& path);

}  // namespace posix_fork
