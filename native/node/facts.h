// What does the package know of the insides of Node, V8, libuv and the C library that nobody promises, and is it so
// here?
//
// Each file of this folder that knows such a thing looks whether it holds before the thing is used, and has a row for
// it.
#pragma once

#include <vector>

namespace posix_fork {

enum class Holds { kNo, kYes, kUnknown };

struct Fact {
  const char* name;     // what it is about, by the name in its source
  const char* fact;     // what is so in the versions that were tested
  const char* without;  // what is lost where it is not
  Holds holds;
};

inline Holds HoldsIf(bool condition) { return condition ? Holds::kYes : Holds::kNo; }

}  // namespace posix_fork
