// Is there a connection on one of the descriptors 0 to 2? Mostly it is a standard stream, which is the child's as it is
// the parent's. It may also be the program's own: lib/child/standard-streams.ts tells.
#pragma once

#include <napi.h>

namespace posix_fork {

/// connectionsAt(fd): number. How many handles of the loop are connections on this descriptor.
Napi::Value ConnectionsAt(const Napi::CallbackInfo& info);

/// streamsAt(fd): number. How many handles of the loop read or write this descriptor: connections, pipes, terminals.
Napi::Value StreamsAt(const Napi::CallbackInfo& info);

}  // namespace posix_fork
