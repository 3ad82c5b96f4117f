// Which thread is this? gettid(2), which glibc has a function for from 2.30 on, and musl from 1.2.2: Node.js runs on
// older ones.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace posix_fork {

inline pid_t ThreadId() { return static_cast<pid_t>(syscall(SYS_gettid)); }

}  // namespace posix_fork
