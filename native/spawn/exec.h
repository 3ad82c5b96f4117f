// How does this process become another program?
#pragma once

#include <napi.h>

namespace posix_fork {

/// execve(path, argv, envp, { fd, search, cwd, fds }): never. `fd`: what is open at it is executed (-1: the path);
/// `search`: in PATH; `fds`: null (0 to 2, and the directory stays), or the descriptors, and `cwd` (empty: stays).
/// Throws if the kernel refuses; then everything is as before.
Napi::Value Execve(const Napi::CallbackInfo& info);

}  // namespace posix_fork
