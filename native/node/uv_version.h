// Is the libuv of this process the one that this package knows?
#pragma once

#include <uv.h>

#include <string>
#include <vector>

#include "node/facts.h"

namespace posix_fork {

/// Why this loop cannot be forked now, written for people; empty if it can.
std::vector<std::string> WhyLoopCannotBeForked(const uv_loop_t* loop);

/// The rows about libuv. Those that cannot be looked at are unknown with a libuv that is newer than those tested.
std::vector<Fact> UvFacts(const uv_loop_t* loop);

}  // namespace posix_fork
