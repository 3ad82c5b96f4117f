// What became of a child, for those who only look? waitid(2) with WNOWAIT: nothing is taken, so it may be anybody's
// child.
#pragma once

#include <napi.h>

namespace posix_fork {

/// lookAt(type, id, flags, timeout, noop): status | null. `type` as in idtype_t; `flags` of WNOHANG, WEXITED, WSTOPPED,
/// WCONTINUED; `timeout` in ms, -1: none; `noop` as for waitpidSync(). undefined: the thread is to end.
Napi::Value LookAtSync(const Napi::CallbackInfo& info);

}  // namespace posix_fork
