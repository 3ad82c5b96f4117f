#include "node/runtime.h"

#include <malloc.h>

#include <cstring>

#include "node/isolates.h"
#include "node/lookup.h"
#include "node/tracing_loop.h"

namespace posix_fork {

namespace {

// Mangled names, the same in every build that exports them (GCC's and Clang's, x86-64 and arm64). To look them up in
// another binary: nm -D --defined-only $(which node) | grep WorkerThreadsTaskRunner
constexpr char kGetCurrentContext[] = "_ZN2v87Isolate17GetCurrentContextEv";
constexpr char kGetCurrentEnvironment[] = "_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE";
constexpr char kGetMultiIsolatePlatform[] = "_ZN4node23GetMultiIsolatePlatformEPNS_11EnvironmentE";
constexpr char kNodePlatformVtable[] = "_ZTVN4node12NodePlatformE";
constexpr char kNumberOfWorkerThreads[] = "_ZNK4node23WorkerThreadsTaskRunner21NumberOfWorkerThreadsEv";
constexpr char kMeasureClock[] = "_ZN4absl13base_internal19NominalCPUFrequencyEv";
constexpr char kFlushTasks[] = "_ZN4node22PerIsolatePlatformData10FlushTasksEP10uv_async_s";
constexpr char kConstruct[] = "_ZN4node23WorkerThreadsTaskRunnerC1Ei";
constexpr char kConstructWithLog[] = "_ZN4node23WorkerThreadsTaskRunnerC1EiNS_21PlatformDebugLogLevelE";
// void (*)(v8::Isolate*, void (*)(v8::Isolate*, void*), void*)
constexpr char kRequestInterrupt[] = "_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_";
constexpr char kGcLock[] = "_ZN5cppgc8internal20PersistentRegionLockC1Ev";
constexpr char kGcUnlock[] = "_ZN5cppgc8internal20PersistentRegionLockD1Ev";
// void (*)(node::Environment*, std::function<void(node::Environment*, int)>&&)
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

template <typename T>
T Require(const char* name, Runtime* runtime) {
  T symbol = Lookup<T>(name);
  if (symbol == T()) runtime->missing.push_back(std::string("the node binary does not export ") + name);
  return symbol;
}

// The std::shared_ptr<WorkerThreadsTaskRunner> in the platform: two words, (object, control block), that agree with one
// another and with the vtable. Nothing else in the object can look like that.
void* FindControlBlock(const void* platform, const char* vtable) {
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
  const auto get_context = Lookup<void* (*)(void* isolate)>(kGetCurrentContext);
  const auto get_environment = Lookup<void* (*)(void* context)>(kGetCurrentEnvironment);
  void* isolate = get_isolate();
  return {isolate, get_environment(get_context(isolate))};
}

Runtime Locate() {
  Runtime runtime;
  for (const char* name : {kIsolateGetCurrent, kGetCurrentContext, kGetCurrentEnvironment})
    Require<void*>(name, &runtime);
  auto get_platform = Require<void* (*)(void* environment)>(kGetMultiIsolatePlatform, &runtime);
  auto platform_vtable = Require<char*>(kNodePlatformVtable, &runtime);
  runtime.count_threads = Require<int (*)(const void*)>(kNumberOfWorkerThreads, &runtime);
  runtime.construct_with_log = Lookup<void (*)(void*, int, int)>(kConstructWithLog);
  if (runtime.construct_with_log == nullptr) runtime.construct = Require<void (*)(void*, int)>(kConstruct, &runtime);
  auto control_vtable = Lookup<char*>(kControlBlockVtableOld);
  if (control_vtable == nullptr) control_vtable = Require<char*>(kControlBlockVtable, &runtime);
  runtime.request_interrupt = Require<decltype(runtime.request_interrupt)>(kRequestInterrupt, &runtime);
  runtime.gc_lock = Require<void (*)(void*)>(kGcLock, &runtime);
  runtime.gc_unlock = Require<void (*)(void*)>(kGcUnlock, &runtime);
  runtime.set_exit_handler = Require<decltype(runtime.set_exit_handler)>(kSetExitHandler, &runtime);
  runtime.measure_clock = Lookup<double (*)()>(kMeasureClock);
  runtime.flush_tasks = Require<void (*)(void*)>(kFlushTasks, &runtime);
  const std::string no_tracing_loop = LocateTracingLoop();
  if (!no_tracing_loop.empty()) runtime.missing.push_back(no_tracing_loop);
  if (!runtime.full()) return runtime;

  const MainThread here = LocateThisThread();  // whichever that is: all have the same platform
  void* platform = here.environment == nullptr ? nullptr : get_platform(here.environment);
  const char* vptr = nullptr;
  if (platform != nullptr) memcpy(&vptr, platform, sizeof vptr);
  if (vptr != platform_vtable + kVtableHeader) {
    runtime.missing.push_back("the process does not run on Node's own platform (node::NodePlatform)");
    return runtime;
  }
  void* control = FindControlBlock(platform, control_vtable);
  if (control == nullptr) {
    runtime.missing.push_back(
        "the node::NodePlatform does not hold its WorkerThreadsTaskRunner where it is looked for");
    return runtime;
  }
  if (!LocateIsolates(platform, here.isolate)) {
    runtime.missing.push_back("the node::NodePlatform does not list its isolates where they are looked for");
    return runtime;
  }
  if (!KnowsItsStack(here.isolate)) {
    runtime.missing.push_back("the v8::Isolate does not hold the limits of its stack where they are looked for");
    return runtime;
  }
  runtime.platform = platform;
  const auto begin = reinterpret_cast<uintptr_t>(control);
  runtime.runner = reinterpret_cast<void*>(begin + kControlBlockHeader);
  runtime.runner_memory = {begin, begin + malloc_usable_size(control)};
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
