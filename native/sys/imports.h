// Which words of the node binary hold the address of a function that it imports, and how is another put there?
#pragma once

#include <cstddef>
#include <cstdint>

namespace posix_fork {

/// The words that hold the address of one function: one in the procedure linkage table, and one more where its address
/// is taken.
struct Import {
  static constexpr size_t kMaxSlots = 4;
  const char* name;
  uintptr_t* slots[kMaxSlots];
  size_t count;
};

/// Finds them in the main program; `count` stays 0 if it does not import the function dynamically.
void FindImport(Import* import);

/// From now on the program calls `target` instead; other objects call what they called. Returns 0 or an errno. Calls
/// mprotect(2) and sysconf(3), nothing else: a child may, too.
int RedirectImport(const Import& import, uintptr_t target);

}  // namespace posix_fork
