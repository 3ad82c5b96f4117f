// How is a function compiled that shall not run here? V8 compiles each when it is first called.
#pragma once

#include <napi.h>

namespace posix_fork {

/// compile(call: (function: Function) => void, functions: Function[]): boolean. Has `call` call each, which calls
/// terminateNext() before: V8 looks at that when it has compiled the function, at its entry, before the first of its
/// statements. (And so the function counts as used: V8 throws away the code of those that are not.) The first of them
/// is to do nothing: if it runs, where V8 postpones a termination, none of the others is called. Main thread. False,
/// and nothing else has happened, then; if the node binary does not export what it takes; or if code of node:vm runs
/// that another thread may terminate (`timeout`, `breakOnSigint`): that would be taken back, too.
Napi::Value Compile(const Napi::CallbackInfo& info);

/// terminateNext(): V8 ends what runs, at the entry of the function that is called next. For the `call` of compile()
/// only.
Napi::Value TerminateNext(const Napi::CallbackInfo& info);

}  // namespace posix_fork
