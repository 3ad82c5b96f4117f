// What does V8 ask the kernel for when its heap grows?
#pragma once

#include <cstddef>

#include "node/facts.h"

namespace posix_fork {

/// A page of V8's heap (kRegularPageSize, src/common/globals.h), and how it is aligned.
constexpr size_t kHeapPage = size_t{256} << 10;

/// True if the heap of the calling thread's isolate is made of such pages. On a thread that runs JavaScript.
bool HeapHasKnownPages();

/// The row about it.
Fact HeapPagesFact();

}  // namespace posix_fork
