// Which V8 isolates does this process run beside the main thread's?
//
// One for each Worker. The platform lists them, from before a Worker's isolate is set up until before it is disposed.
#pragma once

#include <vector>

#include "fork/runtime.h"

namespace posix_fork {

/// Keeps Workers from coming and going while it lives. Of the platform's mutex: short, or while nobody can want it.
class IsolatesLocked {
 public:
  explicit IsolatesLocked(const Runtime& runtime);
  ~IsolatesLocked();
  IsolatesLocked(const IsolatesLocked&) = delete;
  IsolatesLocked& operator=(const IsolatesLocked&) = delete;

  /// The Workers' isolates. Those that died with a fork are not among them.
  std::vector<void*> OfWorkers() const;

 private:
  const Runtime& runtime_;
};

/// Child only: the isolates of the Workers that did not come along. Allocates.
void ForgetIsolatesInChild(const std::vector<void*>& dead);

/// True if the platform's list lies where it is looked for.
bool LocateIsolates(const void* platform, const void* current_isolate);

}  // namespace posix_fork
