// Steps 2 and 4: how does the child get V8's heap, and how does the parent get rid of the price?
//
// V8 marks its mappings MADV_DONTFORK (v8_enable_private_mapping_fork_optimization,
// src/base/platform/platform-posix.cc), so that child_process.spawn need not copy their page tables. A child of a plain
// fork(2) has no heap and dies at once.
#pragma once

#include <cstddef>
#include <vector>

#include "sys/proc.h"

namespace posix_fork {

/// Parent, at load: a fork may come when there is no descriptor left to find them with.
void LocateKernelPages();

class HeapInheritance {
 public:
  /// Parent, before: finds out which mappings are MADV_DONTFORK now, if that is worth its price (`heap_size`, in bytes,
  /// is that of V8's heap), and checks that the process may have one more child. Returns 0 or an errno.
  int Survey(size_t heap_size);

  /// Parent, before, as late as possible (a worker that still ran would map new pages): all mappings are inherited.
  /// Returns 0 or an errno; then Restore() undoes what was done.
  int Share();

  /// Parent after, and child: what of V8's had been MADV_DONTFORK becomes so again. In the child it may call nothing
  /// but madvise(2); it allocates nothing.
  void Restore() const;

 private:
  std::vector<Range> dont_fork_;
};

}  // namespace posix_fork
