// Does an address belong to Node's own static data?
#pragma once

#include <cstdint>

namespace posix_fork {

/// True for the static data of the node binary, and of the libraries that hold libuv or Node where they are separate.
bool InNodeData(uintptr_t address);

}  // namespace posix_fork
