// What does an address belong to: Node's own static data, or which depth of a stack?
#pragma once

#include <cstdint>

namespace posix_fork {

/// True for the static data of the node binary, and of the libraries that hold libuv or Node where they are separate.
bool InNodeData(uintptr_t address);

/// How many bytes of its mapping lie below this stack pointer, or 0. A guard page is the low end of every thread's
/// stack, whatever the kernel has merged with its upper end. Reads /proc/self/maps.
uintptr_t StackBelow(uintptr_t stack_pointer);

}  // namespace posix_fork
