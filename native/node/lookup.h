// Where is a function of Node's or V8's, which the addon is not linked against? By its mangled name.
#pragma once

#include <dlfcn.h>

namespace posix_fork {

// v8::Isolate* (*)(): the calling thread's
inline constexpr char kIsolateGetCurrent[] = "_ZN2v87Isolate10GetCurrentEv";
// v8::Local<v8::Context> (*)(v8::Isolate*)
inline constexpr char kIsolateGetCurrentContext[] = "_ZN2v87Isolate17GetCurrentContextEv";

/// A null pointer if the node binary does not export it.
template <typename T>
T Lookup(const char* name) {
  return reinterpret_cast<T>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace posix_fork
