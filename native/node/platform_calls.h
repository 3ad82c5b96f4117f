// When does V8 first hand work to its platform's threads? Each call is of a virtual function, so a child can be told of
// the first one.
#pragma once

#include "node/facts.h"
#include "node/runtime.h"

namespace posix_fork {

/// Child only, with no other thread: `first` is called before V8's next piece of work for another thread, now or
/// delayed, on whatever thread that is; the call goes on when it has returned. False, and
/// nothing has changed, if the platform's functions are not where they are looked for. Writes one word of the platform.
bool ToldOfFirstWorkInChild(const Runtime& runtime, void (*first)());

/// Child, any thread: calls `first` as if there were such work. Does nothing if there has been some, or if there is no
/// `first`.
void RunFirstWork();

/// True from then until `first` has returned.
bool IsFirstWorkAwaited();

Fact PlatformCallsFact(const Runtime& runtime);

}  // namespace posix_fork
