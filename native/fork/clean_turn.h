// When is no JavaScript running, and no batch of callbacks half dispatched?
//
// In an idle callback of the loop: behind the timers of this turn, before the poll and the immediates. A child that is
// forked there has nothing of its parent's to go back to.
#pragma once

#include <napi.h>

namespace posix_fork {

/// onCleanTurn(callback): void. Calls it once, on the next turn of this thread's loop, with no JavaScript below it.
Napi::Value OnCleanTurn(const Napi::CallbackInfo& info);

/// afterUnheard(ms, callback): void. Calls it once, so much later, with no JavaScript below it, and does not keep the
/// loop alive: a timer of which no hook of async_hooks hears.
Napi::Value AfterUnheard(const Napi::CallbackInfo& info);

}  // namespace posix_fork
