// How does memory that V8 did not allocate become a SharedArrayBuffer?
//
// Node-API has no function for it (it has one for an ArrayBuffer, which Atomics.wait and postMessage do not take for
// shared). V8 has: what it needs is exported by the node binary, and looked up by name, once.
#pragma once

#include <napi.h>

#include <cstddef>
#include <string>

#include "node/facts.h"

namespace posix_fork {

/// Why it cannot be had in this process, or nothing. Called on a thread that runs JavaScript.
const std::string& WhyNoSharedBuffers(Napi::Env env);

/// The row about it.
Fact SharedBuffersFact(Napi::Env env);

/// Called by V8 once the last SharedArrayBuffer over the memory is gone, in whichever isolate: on any thread, also on
/// one of V8's workers.
using ReleaseMemory = void (*)(void* memory, size_t size, void* data);

/// The memory as a SharedArrayBuffer, which owns it from now on. Only where WhyNoSharedBuffers() says nothing; returns
/// nullptr if what V8 made of it is no SharedArrayBuffer over this memory.
napi_value NewSharedBuffer(void* memory, size_t size, ReleaseMemory release, void* data);

}  // namespace posix_fork
