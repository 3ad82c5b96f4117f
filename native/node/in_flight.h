// What of its parent's does V8 finish in a child? WebAssembly that is being compiled: the rest of that is a task for
// the main thread, which the child has inherited with its heap.
#pragma once

#include <napi.h>

#include "node/facts.h"

namespace posix_fork {

/// mayCompile(): boolean. Parent. Whether WebAssembly may be in flight (compile(), instantiate(), their streaming
/// forms).
Napi::Value MayCompile(const Napi::CallbackInfo& info);

/// forgetCompilations(): void. Child. Ends those of the main context: their promises are never settled here. Does
/// nothing on Node 24 and 26.
Napi::Value ForgetCompilations(const Napi::CallbackInfo& info);

/// knowsReactions(fresh: Promise, awaited: Promise): boolean. Whether promises are laid out as forgetReactions() counts
/// on. Both are pending; somebody waits for the second.
Napi::Value KnowsReactions(const Napi::CallbackInfo& info);

/// isPending(promise: Promise): boolean. Only if knowsReactions().
Napi::Value IsPending(const Napi::CallbackInfo& info);

/// forgetReactions(promise: Promise): void. Child. Who waits for this pending promise does not hear of it; who begins
/// to later, does. Only if knowsReactions().
Napi::Value ForgetReactions(const Napi::CallbackInfo& info);

/// The row about the first two.
Fact CompilationsFact();

}  // namespace posix_fork
