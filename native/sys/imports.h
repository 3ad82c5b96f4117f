// Which words of Node's own code hold the address of a function that it imports, and how is another put there?
//
// Node's own code is the program; or, as distributions build it (Debian, Fedora, Arch, NixOS), it lies in libnode.so,
// and libuv's in libuv.so.
#pragma once

#include <cstddef>
#include <cstdint>

namespace posix_fork {

/// The words that hold the address of one function: of each object one for its calls, and one more where the address is
/// taken.
struct Import {
  static constexpr size_t kMaxSlots = 12;
  struct Slot {
    uintptr_t* word;
    bool read_only;
  };
  const char* name;
  Slot slots[kMaxSlots];
  size_t count;
};

/// Finds them; `count` stays 0 if Node does not import the function dynamically, or in more places than there is room
/// for.
void FindImport(Import* import);

/// From now on Node calls `target` instead; other objects call what they called. Returns 0 or an errno. Calls
/// mprotect(2) and sysconf(3), nothing else: a child may, too.
int RedirectImport(const Import& import, uintptr_t target);

}  // namespace posix_fork
