// How is V8 told to collect all garbage, without a flag that stays set for the program?
#pragma once

#include "node/facts.h"

namespace posix_fork {

/// By Isolate::LowMemoryNotification(), of the calling thread's isolate: full collections until there is nothing left
/// that they find, with compaction. False if the node binary does not export it. Finalizers may run.
bool CollectAllGarbage();

/// The row about it.
Fact CollectFact();

}  // namespace posix_fork
