// Which of Node's own parts does the repair need, and does this binary have them?
//
// The addon links against nothing but Node-API and libuv, so that one binary serves every Node version. What it needs
// beyond them is exported by the node binary itself and looked up by name, once, when the first fork or support() asks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "node/facts.h"
#include "sys/proc.h"

namespace posix_fork {

/// V8's pool of worker threads as Node runs it: `node::WorkerThreadsTaskRunner` (src/node_platform.h).
struct Runtime {
  /// What is missing for a full fork; empty if nothing is. Written for people.
  std::vector<std::string> missing;
  /// What was looked at, each with what it came to.
  std::vector<Fact> facts;

  void* runner = nullptr;        // the WorkerThreadsTaskRunner
  Range runner_memory = {0, 0};  // the memory that it lies in, where its workers' condition variables are
  int (*count_threads)(const void* runner) = nullptr;
  void (*construct)(void* runner, int workers) = nullptr;                    // Node 20
  void (*construct_with_log)(void* runner, int workers, int log) = nullptr;  // Node 22 and later

  void* platform = nullptr;  // the node::NodePlatform

  // What forking beside Workers needs: see held_workers.h, gc_lock.h and exit.h.
  void (*request_interrupt)(void* isolate, void (*callback)(void* isolate, void* data), void* data) = nullptr;
  void (*gc_lock)(void* lock) = nullptr;
  void (*gc_unlock)(void* lock) = nullptr;
  void (*at_exit)(void* environment, void (*callback)(void* data), void* data) = nullptr;
  void (*set_exit_handler)(void* environment, std::function<void(void* environment, int code)>&& handler) = nullptr;

  /// absl's measurement of the clock's rate, done once in a process (null where V8 has no absl: Node 20). A Worker's
  /// first Atomics.wait may be in the middle of it for 3 ms, and the child's threads would wait for its end.
  double (*measure_clock)() = nullptr;

  /// void PerIsolatePlatformData::FlushTasks(uv_async_t*): by it one knows the handle that wakes an isolate's loop for
  /// the tasks that V8 has for its own thread.
  void (*flush_tasks)(void* handle) = nullptr;

  bool full() const { return missing.empty(); }

  /// The workers proper. NumberOfWorkerThreads() counts the thread of the delayed-task scheduler, too.
  int workers() const { return count_threads(runner) - 1; }
};

/// node::PlatformDebugLogLevel::kNone
constexpr int kNoLog = 0;

/// Called on a thread that runs JavaScript, inside a Node-API callback (it needs the current isolate and a handle
/// scope). The answer is the same for the life of the process, and of its children.
const Runtime& LocateRuntime();

/// The main thread's v8::Isolate and node::Environment, for as long as the process lives.
struct MainThread {
  void* isolate;
  void* environment;
};

/// Called on the main thread only, and in a full runtime. (A Worker may be the first to load the addon, so these are
/// not LocateRuntime's to know.)
const MainThread& LocateMainThread();

}  // namespace posix_fork
