// How many operations of this loop are in the hands of libuv's pool?
#pragma once

#include <uv.h>

namespace posix_fork {

/// Operations (file system, getaddrinfo, crypto, zlib, other addons' work) that were handed to the pool and are not
/// finished yet. The results of those that are finished are in the loop already, and reach a child, too.
unsigned CountPoolOperations(uv_loop_t* loop);

}  // namespace posix_fork
