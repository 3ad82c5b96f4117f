// Who reaps the orphans that init, or a subreaper, is given?
#pragma once

#include <napi.h>

namespace posix_fork {

/// reapOrphans(): [pid, raw, …] of those that had ended
Napi::Value ReapOrphans(const Napi::CallbackInfo& info);

}  // namespace posix_fork
