// Can V8's heap lie in one arena of huge pages, and is it worth that?
//
// V8 asks the kernel for its pages of 256 KiB one by one, at random addresses. A heap of 1 GB is thousands of mappings
// and 27 MB of page tables, and a fork copies all of them. Here the node binary's mmap and munmap are redirected:
// what V8 asks for comes from one mapping that is MADV_HUGEPAGE and MADV_DONTFORK as a whole.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sys/proc.h"

namespace posix_fork {

/// Why UseLargePages() would do nothing here, as far as one can tell before; empty if nothing is in the way. Written
/// for people. On a thread that runs JavaScript, as the next one.
std::vector<std::string> WhyNoLargePages();

/// From now on V8's heap grows in the arena; what there is stays where it is. Once it is done it does nothing. Returns
/// why it could not, and then nothing was changed; empty if it was done.
std::vector<std::string> UseLargePages();

/// True if it does.
bool UsesLargePages();

/// How much of the arena is V8's at the moment, in bytes.
size_t LargePagesInUse();

/// How many addresses the arena has.
size_t LargePagesReserved();

/// Parent after a fork, and child: the arena is MADV_DONTFORK again, as V8 wants its memory. One madvise(2), and none
/// without an arena.
void MarkLargePagesDontFork();

}  // namespace posix_fork
