// How does a promise learn that a child has ended, without a thread or a pool slot?
//
// A pidfd becomes readable when its process ends; the caller's own event loop polls it: one watch for each child and
// thread, however many wait. What no descriptor tells (stops and continuations; everything where pidfds are not to be
// had) comes with SIGCHLD, through uv_signal, beside libuv's own. A watch exists only while somebody waits.
#pragma once

#include <napi.h>

namespace posix_fork {

/// onWaited(settle): first. Whom waits tell whose tokens are `first` to `first + 2 ** 32 - 1`: settle([token, error |
/// null, status | null][]). Each copy of the package calls it once, before the others, and keeps `settle` alive.
Napi::Value OnWaited(const Napi::CallbackInfo& info);

/// waitpid(pid, flags, token): status if there is one already; otherwise null, and `settle` will be called with the
/// token, a number that no other wait of this environment has at that time.
Napi::Value Waitpid(const Napi::CallbackInfo& info);

/// cancelWait(token): void. Nothing is left of it; the child can still be waited for.
Napi::Value CancelWait(const Napi::CallbackInfo& info);

/// refWait(token, on): whether a wait that is pending holds the loop.
Napi::Value RefWait(const Napi::CallbackInfo& info);

/// endWithThread(token): the child of a wait that is pending, for one pid, is killed and reaped if the environment ends
/// before it.
Napi::Value EndWithThread(const Napi::CallbackInfo& info);

/// Child only, after RenewLoopInChild (before it, closing a watch would take the parent's out of the epoll set that the
/// two still share). The waits of the parent are its own; here nothing is left of them. May call libuv on the loop of
/// this thread; the memory of other threads' waits stays allocated. Runs no JavaScript.
void ForgetWaitsInChild();

}  // namespace posix_fork
