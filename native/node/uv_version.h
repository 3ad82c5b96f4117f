// Is the libuv of this process the one that this package knows?
#pragma once

#include <string>
#include <vector>

#include "node/facts.h"

namespace posix_fork {

/// Why a loop cannot be forked with this libuv, written for people; empty if it can.
std::vector<std::string> WhyNoLoopCanBeForked();

/// The rows about libuv. Those that cannot be looked at are unknown with a libuv that is newer than those tested.
std::vector<Fact> UvFacts();

}  // namespace posix_fork
