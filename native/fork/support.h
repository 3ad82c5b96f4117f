// Would the child of a full fork work here, and if not, why not?
#pragma once

#include <napi.h>

#include <string>
#include <vector>

namespace posix_fork {

/// What a full fork lacks in this process, written for people; empty if nothing. Called on a thread that runs
/// JavaScript.
std::vector<std::string> WhyNotFull(Napi::Env env);

/// Before the fork, in the parent. Throws ERR_FORK_UNSUPPORTED_RUNTIME if a full fork lacks anything.
void RequireFullRuntime(Napi::Env env);

/// Child only: this process came from fork({ runtime: 'bare' }). Its pools are its parent's, and a full fork would wait
/// for them in vain. Async-signal-safe.
void BecomeBareChild();

/// True in such a child.
bool IsBareChild();

/// forkSupport(): string[]; see WhyNotFull.
Napi::Value ForkSupport(const Napi::CallbackInfo& info);

/// forkFacts(): { name, fact, holds: boolean | null, without }[]; all rows of native/node/facts.h.
Napi::Value ForkFacts(const Napi::CallbackInfo& info);

}  // namespace posix_fork
