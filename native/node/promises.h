// How does a child keep those who waited for a promise of its parent's from going on?
#pragma once

#include <napi.h>

namespace posix_fork {

/// knowsReactions(fresh: Promise, awaited: Promise): boolean. Whether promises are laid out as forgetReactions() counts
/// on. Both are pending; somebody waits for the second.
Napi::Value KnowsReactions(const Napi::CallbackInfo& info);

/// isPending(promise: Promise): boolean. Only if knowsReactions().
Napi::Value IsPending(const Napi::CallbackInfo& info);

/// forgetReactions(promise: Promise): void. Child. Who waits for this pending promise does not hear of it; who begins
/// to later, does. Only if knowsReactions().
Napi::Value ForgetReactions(const Napi::CallbackInfo& info);

}  // namespace posix_fork
