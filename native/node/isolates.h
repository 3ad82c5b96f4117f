// Which V8 isolates does this process run, and on which stacks?
//
// The main thread's, and one for each Worker. The platform lists them, from before a Worker's isolate is set up until
// before it is disposed.
#pragma once

#include <napi.h>

#include <vector>

#include "node/runtime.h"

namespace posix_fork {

/// Keeps Workers from coming and going while it lives. It holds the platform's mutex: for a short time only, unless no
/// other thread can want it.
class IsolatesLocked {
 public:
  explicit IsolatesLocked(const Runtime& runtime);
  ~IsolatesLocked();
  IsolatesLocked(const IsolatesLocked&) = delete;
  IsolatesLocked& operator=(const IsolatesLocked&) = delete;

  /// The main thread's and the Workers' isolates. Those that died with a fork are not among them.
  std::vector<void*> All() const;

  /// The Workers' alone. Main thread only.
  std::vector<void*> OfWorkers() const;

 private:
  const Runtime& runtime_;
};

/// Tells the threads that run an isolate from all others, by the addresses on their stacks that V8 checks its calls
/// against, whatever their names are and however large their stacks.
class IsolateStacks {
 public:
  /// As it is now; empty where the runtime is not a full one.
  explicit IsolateStacks(const Runtime& runtime);
  explicit IsolateStacks(const IsolatesLocked& locked);

  bool empty() const { return limits_.empty(); }

  /// The isolate that runs on the stack of which `unused` is the part below the stack pointer, or nullptr.
  void* Find(const Range& unused) const;

 private:
  struct Limits {
    void* isolate;
    std::vector<uintptr_t> words;
  };
  std::vector<Limits> limits_;
};

/// Child only: the isolates of the Workers that did not come along. Allocates;
/// takes no lock: there is no other thread yet.
void ForgetIsolatesInChild(const std::vector<void*>& dead);

/// True if the limits of the calling thread's stack lie in its isolate where they are looked for.
bool KnowsItsStack(const void* current_isolate);

/// () => bytes of the main thread's stack that V8 will still use below here (node --stack-size); 0 where it does not
/// show them. On the main thread.
Napi::Value V8StackLeft(const Napi::CallbackInfo& info);

/// True if the platform's list lies where it is looked for.
bool LocateIsolates(const void* platform, const void* current_isolate);

}  // namespace posix_fork
