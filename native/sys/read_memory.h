// What lies at an address that may not be memory? A word of the stack may be anything.
#pragma once

#include <cstddef>
#include <cstdint>

namespace posix_fork {

/// Copies `size` bytes, at least eight. False if they are not memory. In the child, too: it makes system calls only.
bool ReadMemory(uintptr_t address, void* to, size_t size);

}  // namespace posix_fork
