#include "node/runtime.h"

#include <malloc.h>

#include <cstring>

#include "node/isolates.h"
#include "node/lookup.h"
#include "node/runner_threads.h"
#include "node/tracing_loop.h"

namespace posix_fork {

namespace {

// Mangled names, the same in every build that exports them (GCC's and Clang's, x86-64 and arm64). To look them up in
// another binary: nm -D --defined-only $(which node) | grep WorkerThreadsTaskRunner
constexpr char kGetCurrentEnvironment[] = "_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE";
constexpr char kGetMultiIsolatePlatform[] = "_ZN4node23GetMultiIsolatePlatformEPNS_11EnvironmentE";
constexpr char kNodePlatformVtable[] = "_ZTVN4node12NodePlatformE";
constexpr char kNumberOfWorkerThreads[] = "_ZNK4node23WorkerThreadsTaskRunner21NumberOfWorkerThreadsEv";
// Of absl, there or not: one name that has no version of absl in it.
constexpr char kAbsl[] = "AbslInternalMutexYield";
constexpr char kMeasureClock[] = "_ZN4absl13base_internal19NominalCPUFrequencyEv";
constexpr char kFlushTasks[] = "_ZN4node22PerIsolatePlatformData10FlushTasksEP10uv_async_s";
constexpr char kConstruct[] = "_ZN4node23WorkerThreadsTaskRunnerC1Ei";
constexpr char kConstructWithLog[] = "_ZN4node23WorkerThreadsTaskRunnerC1EiNS_21PlatformDebugLogLevelE";
// void (*)(v8::Isolate*, void (*)(v8::Isolate*, void*), void*)
constexpr char kRequestInterrupt[] = "_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_";
constexpr char kGcLock[] = "_ZN5cppgc8internal20PersistentRegionLockC1Ev";
constexpr char kGcUnlock[] = "_ZN5cppgc8internal20PersistentRegionLockD1Ev";
// void (*)(node::Environment*, std::function<void(node::Environment*, int)>&&)
// void node::AtExit(Environment*, void (*)(void*), void*)
constexpr char kAtExit[] = "_ZN4node6AtExitEPNS_11EnvironmentEPFvPvES2_";
constexpr char kSetExitHandler[] = "_ZN4node21SetProcessExitHandlerEPNS_11EnvironmentEOSt8functionIFvS1_iEE";
// The control block of the std::shared_ptr that holds the runner: libstdc++ changed its allocator argument in GCC 12.
constexpr char kControlBlockVtable[] =
    "_ZTVSt23_Sp_counted_ptr_inplaceIN4node23WorkerThreadsTaskRunnerESaIvELN9__gnu_cxx12_Lock_policyE2EE";
constexpr char kControlBlockVtableOld[] =
    "_ZTVSt23_Sp_counted_ptr_inplaceIN4node23WorkerThreadsTaskRunnerESaIS1_ELN9__gnu_cxx12_Lock_policyE2EE";

// An object's first word points behind the two words (offset to top, typeinfo) that a vtable begins with (Itanium ABI).
constexpr uintptr_t kVtableHeader = 2 * sizeof(void*);
// A std::make_shared control block: vptr and two counters, then the object.
constexpr uintptr_t kControlBlockHeader = 2 * sizeof(void*);
// The pair was seen at word 15 of the NodePlatform in Node 18 to 26. The smallest NodePlatform, Node 20's, has 144
// bytes
// (`npm run test:sanitizers` says so to whoever reads more).
constexpr size_t kPlatformWords = 18;

// One row: it holds if nothing has become missing in the life of this object, and is unknown if something had before
// that it cannot do without.
class Row {
 public:
  enum Needs { kNothing, kAllBefore };

  Row(Runtime* runtime, Needs needs, Fact fact)
      : runtime_(runtime), fact_(fact), missing_(runtime->missing.size()), skip_(needs == kAllBefore && missing_ > 0) {}
  ~Row() {
    fact_.holds = skip_ ? Holds::kUnknown : HoldsIf(runtime_->missing.size() == missing_);
    runtime_->facts.push_back(fact_);
  }
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  bool skip() const { return skip_; }

  template <typename T>
  T Require(const char* name) {
    T symbol = Lookup<T>(name);
    if (symbol == T()) Miss(std::string("the node binary does not export ") + name);
    return symbol;
  }

  void Miss(const std::string& what) { runtime_->missing.push_back(what); }

 private:
  Runtime* runtime_;
  Fact fact_;
  size_t missing_;
  bool skip_;
};

Fact About(const char* name, const char* fact, const char* without) { return {name, fact, without, Holds::kUnknown}; }

// The std::shared_ptr<WorkerThreadsTaskRunner> in the platform: two words, (object, control block), that agree with one
// another and with the vtable. Nothing else in the object can look like that.
void* FindControlBlock(const void* platform, const char* vtable) {
  if (platform == nullptr) return nullptr;
  uintptr_t words[kPlatformWords];
  memcpy(words, platform, sizeof words);
  for (size_t i = 0; i + 1 < kPlatformWords; i++) {
    const uintptr_t object = words[i];
    const uintptr_t control = words[i + 1];
    if (control == 0 || control % sizeof(void*) != 0 || object != control + kControlBlockHeader) continue;
    const char* vptr;
    memcpy(&vptr, reinterpret_cast<const void*>(control), sizeof vptr);
    if (vptr == vtable + kVtableHeader) return reinterpret_cast<void*>(control);
  }
  return nullptr;
}

// What the calling thread runs. Needs the three names.
MainThread LocateThisThread() {
  const auto get_isolate = Lookup<void* (*)()>(kIsolateGetCurrent);
  // v8::Local is one pointer wide and travels in a register.
  const auto get_context = Lookup<void* (*)(void* isolate)>(kIsolateGetCurrentContext);
  const auto get_environment = Lookup<void* (*)(void* context)>(kGetCurrentEnvironment);
  void* isolate = get_isolate();
  return {isolate, get_environment(get_context(isolate))};
}

// What the process's threads share.
struct Platform {
  void* (*get)(void* environment) = nullptr;
  const char* vtable = nullptr;
  const char* control_vtable = nullptr;
};

Platform LocateExports(Runtime* runtime) {
  Platform platform;
  {
    Row row(runtime, Row::kNothing,
            About("node::NodePlatform", "the node binary exports what leads from a thread to its platform",
                  "fork() throws: V8's worker threads are not found"));
    for (const char* name : {kIsolateGetCurrent, kIsolateGetCurrentContext, kGetCurrentEnvironment})
      row.Require<void*>(name);
    platform.get = row.Require<decltype(platform.get)>(kGetMultiIsolatePlatform);
    platform.vtable = row.Require<const char*>(kNodePlatformVtable);
  }
  {
    Row row(
        runtime, Row::kNothing,
        About("node::WorkerThreadsTaskRunner", "the node binary exports its constructor, and how many threads it has",
              "fork() throws: a child would hang in its first garbage collection, without V8's workers"));
    runtime->count_threads = row.Require<decltype(runtime->count_threads)>(kNumberOfWorkerThreads);
    runtime->construct_with_log = Lookup<decltype(runtime->construct_with_log)>(kConstructWithLog);
    if (runtime->construct_with_log == nullptr)
      runtime->construct = row.Require<decltype(runtime->construct)>(kConstruct);
    platform.control_vtable = Lookup<const char*>(kControlBlockVtableOld);
    if (platform.control_vtable == nullptr) platform.control_vtable = row.Require<const char*>(kControlBlockVtable);
  }
  {
    Row row(runtime, Row::kNothing,
            About("v8::Isolate::RequestInterrupt", "the node binary exports it",
                  "fork() throws: a Worker would not stop where it holds no lock, and a child could hang"));
    runtime->request_interrupt = row.Require<decltype(runtime->request_interrupt)>(kRequestInterrupt);
  }
  {
    Row row(runtime, Row::kNothing,
            About("cppgc::internal::PersistentRegionLock", "the node binary exports how it is taken and given back",
                  "fork() throws: a child could wait for ever for a lock of V8's collectors"));
    runtime->gc_lock = row.Require<void (*)(void*)>(kGcLock);
    runtime->gc_unlock = row.Require<void (*)(void*)>(kGcUnlock);
    if (runtime->gc_lock == nullptr || runtime->gc_unlock == nullptr) runtime->gc_lock = runtime->gc_unlock = nullptr;
  }
  {
    Row row(runtime, Row::kNothing,
            About("node::SetProcessExitHandler", "the node binary exports it, and node::AtExit",
                  "fork() throws: process.exit() in a child would run its parent's clean-up, and could hang"));
    runtime->at_exit = row.Require<decltype(runtime->at_exit)>(kAtExit);
    runtime->set_exit_handler = row.Require<decltype(runtime->set_exit_handler)>(kSetExitHandler);
  }
  {
    Row row(runtime, Row::kNothing,
            About("absl::base_internal::NominalCPUFrequency", "the node binary exports it, or has no absl",
                  "fork() throws: a child could wait for ever for the first measurement of the clock"));
    runtime->measure_clock = Lookup<decltype(runtime->measure_clock)>(kMeasureClock);
    if (runtime->measure_clock == nullptr && Lookup<void*>(kAbsl) != nullptr)
      runtime->measure_clock = row.Require<decltype(runtime->measure_clock)>(kMeasureClock);
  }
  {
    Row row(runtime, Row::kNothing,
            About("node::PerIsolatePlatformData::FlushTasks", "the node binary exports it",
                  "fork() throws: a child's first fetch() or WebAssembly.compile() could wait for seconds"));
    runtime->flush_tasks = row.Require<decltype(runtime->flush_tasks)>(kFlushTasks);
  }
  {
    Row row(runtime, Row::kNothing,
            About("node::tracing::Agent", "its event loop is one of its first members",
                  "fork() throws: children that exit at the same time could be aborted"));
    const std::string no_tracing_loop = LocateTracingLoop();
    if (!no_tracing_loop.empty()) row.Miss(no_tracing_loop);
  }
  return platform;
}

// Nothing here is exported: each is recognized by what is in it.
void LocateLayout(const Platform& known, Runtime* runtime) {
  const MainThread here = runtime->full() ? LocateThisThread() : MainThread{nullptr, nullptr};  // any thread will do
  void* platform = here.environment == nullptr ? nullptr : known.get(here.environment);
  {
    Row row(runtime, Row::kAllBefore,
            About("node::MultiIsolatePlatform", "the process runs on Node's own platform",
                  "fork() throws: V8's worker threads are not found"));
    const char* vptr = nullptr;
    if (platform != nullptr) memcpy(&vptr, platform, sizeof vptr);
    if (!row.skip() && vptr != known.vtable + kVtableHeader)
      row.Miss("the process does not run on Node's own platform (node::NodePlatform)");
  }
  {
    Row row(runtime, Row::kAllBefore,
            About("node::NodePlatform::worker_thread_task_runner_",
                  "the platform has a shared_ptr of its WorkerThreadsTaskRunner in its first words",
                  "fork() throws: a child would hang in its first garbage collection, without V8's workers"));
    void* control = row.skip() ? nullptr : FindControlBlock(platform, known.control_vtable);
    if (!row.skip() && control == nullptr)
      row.Miss("the node::NodePlatform does not hold its WorkerThreadsTaskRunner where it is looked for");
    if (control != nullptr) {
      const auto begin = reinterpret_cast<uintptr_t>(control);
      runtime->runner = reinterpret_cast<void*>(begin + kControlBlockHeader);
      runtime->runner_memory = {begin, begin + malloc_usable_size(control)};
    }
  }
  {
    Row row(runtime, Row::kAllBefore,
            About("node::NodePlatform::per_isolate_", "the platform begins with a mutex and the table of its isolates",
                  "fork() throws: Workers are not found, and a child could hang on a lock that one of them held"));
    if (!row.skip() && !LocateIsolates(platform, here.isolate))
      row.Miss("the node::NodePlatform does not list its isolates where they are looked for");
  }
  {
    Row row(runtime, Row::kAllBefore,
            About("v8::internal::StackGuard", "an isolate has the limits of its stack in its words 2 to 5",
                  "fork() throws: threads of Workers cannot be told from those of addons"));
    if (!row.skip() && !KnowsItsStack(here.isolate))
      row.Miss("the v8::Isolate does not hold the limits of its stack where they are looked for");
  }
  {
    Row row(runtime, Row::kAllBefore,
            About("node::WorkerThreadsTaskRunner::threads_", "the runner has a vector of its threads",
                  "fork() throws: it cannot tell whether V8's workers are idle"));
    if (!row.skip() && !KnowsItsThreads(*runtime))
      row.Miss("the node::WorkerThreadsTaskRunner does not list its threads where they are looked for");
  }
  if (runtime->full()) runtime->platform = platform;
}

Runtime Locate() {
  Runtime runtime;
  LocateLayout(LocateExports(&runtime), &runtime);
  return runtime;
}

}  // namespace

const MainThread& LocateMainThread() {
  static const MainThread main_thread = LocateThisThread();
  return main_thread;
}

const Runtime& LocateRuntime() {
  static const Runtime runtime = Locate();
  return runtime;
}

}  // namespace posix_fork
