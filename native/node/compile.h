// How is a function compiled that shall not run here? V8 compiles each when it is first called.
#pragma once

#include <napi.h>

namespace posix_fork {

/// compile(functions: Function[]): boolean. Calls each, on a thread that V8 has been told to terminate: it looks at
/// that when it has compiled the function, at its entry, before the first of its statements. (And so the function
/// counts as used: V8 throws away the code of those that are not.) Main thread. False, and nothing has happened, if the
/// node binary does not export what it takes, or code of node:vm runs that another thread may terminate (`timeout`,
/// `breakOnSigint`): that would be taken back, too.
Napi::Value Compile(const Napi::CallbackInfo& info);

}  // namespace posix_fork
