// Which threads does this process have, and which of them make a fork dangerous?
//
// Nothing marks a thread: Node 20 names them all "node", Node 22 most of them. What tells them apart is who lists them
// (V8's pool does), what they wait for, which signals they block and whether V8 guards their stack.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <string>
#include <vector>

#include "node/isolates.h"

namespace posix_fork {

enum class ThreadKind {
  kMain,
  kV8Worker,
  kDelayedTaskScheduler,
  kSignalInspector,
  kLibuvWorker,
  kVmTimeout,
  kWorker,
  kInspector,
  kForeign,
};
const char* ThreadKindName(ThreadKind kind);

struct Thread {
  pid_t tid;
  std::string name;
  ThreadKind kind;
  void* isolate;        // of a Worker that does not run: its v8::Isolate
  bool unnamed;         // its name is the one that Node's own nameless threads have
  bool parked;          // it waits for work, and holds nothing while it does
  std::string blocked;  // the system call that it is in; empty while it runs
  bool covered;         // fork() makes the child safe from it
};

/// Of V8's, for a CPU profile.
bool IsProfiler(const Thread& thread);

struct Census {
  std::vector<Thread> threads;
  unsigned operations;  // of this loop, in the hands of libuv's pool
};

/// Every thread of the process. Some 10 us for each, more where one can be told by its stack only.
Census TakeCensus(uv_loop_t* loop);

/// Those that fork() does not cover; what TakeCensus would tell of them. Threads that were seen to be covered once, and
/// stay so, are not looked at again.
Census TakeCensusOfUncovered(uv_loop_t* loop);

/// The Workers that show what they are. (One without a name that runs does not, on Node 20 and 22.)
std::vector<Thread> FindWorkers(const IsolateStacks& stacks);

}  // namespace posix_fork
