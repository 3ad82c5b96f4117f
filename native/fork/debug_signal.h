// Does SIGUSR1 open a child's debugger, as it does any Node.js's?
//
// Node has a thread that waits for it (StartIoThreadMain of src/inspector_agent.cc), which a child has not, and which
// nobody can start. A handle of libuv's takes its place: the signal is heard when the loop turns.
#pragma once

#include <napi.h>

namespace posix_fork {

/// onDebugSignal(callback: () => void): void. Child only. Calls it at each SIGUSR1, unless this signal does something
/// else here than to wake Node's thread (--disable-sigusr1). Called once in a process and its descendants: they inherit
/// the handle.
Napi::Value OnDebugSignal(const Napi::CallbackInfo& info);

}  // namespace posix_fork
