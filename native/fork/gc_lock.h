// What of V8's garbage collector may another isolate hold at the moment of a fork?
//
// cppgc has one lock for the persistent handles between the heaps of all threads, which a GC of any Worker takes.
#pragma once

#include "node/runtime.h"

namespace posix_fork {

/// cppgc::internal::PersistentRegionLock, over the fork: taken in the parent, right before; given back on both sides.
class GcLock {
 public:
  explicit GcLock(const Runtime& runtime) : runtime_(runtime) {
    if (runtime_.gc_lock != nullptr) runtime_.gc_lock(&storage_);
  }
  ~GcLock() {
    if (runtime_.gc_unlock != nullptr) runtime_.gc_unlock(&storage_);
  }
  GcLock(const GcLock&) = delete;
  GcLock& operator=(const GcLock&) = delete;

 private:
  const Runtime& runtime_;
  // The object is empty: it stands for a process-wide mutex (include/cppgc/internal/persistent-node.h).
  alignas(16) unsigned char storage_[16] = {};
};

}  // namespace posix_fork
