// How does the result of forkRun's child come back? Through a pipe that no other program inherits.
#pragma once

#include <napi.h>

namespace posix_fork {

/// resultPipe(): [readFd, writeFd], close-on-exec from birth.
Napi::Value ResultPipe(const Napi::CallbackInfo& info);

}  // namespace posix_fork
