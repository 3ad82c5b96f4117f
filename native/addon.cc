// What does the addon export? This table, and nothing else. Arguments have been checked in lib/.
#include <napi.h>
#include <unistd.h>

#include <utility>

#include "fork/clean_turn.h"
#include "fork/debug_signal.h"
#include "fork/fork.h"
#include "fork/profiler_thread.h"
#include "fork/repair_error.h"
#include "fork/standard_streams.h"
#include "fork/support.h"
#include "fork/warmup.h"
#include "node/compile.h"
#include "node/isolates.h"
#include "node/promises.h"
#include "node/random.h"
#include "process/descriptors.h"
#include "process/fd_messages.h"
#include "process/fd_watch.h"
#include "process/kernel_support.h"
#include "process/large_pages.h"
#include "process/limits.h"
#include "process/orphans.h"
#include "process/process.h"
#include "process/watchers.h"
#include "reap/at_fork.h"
#include "reap/look.h"
#include "reap/wait.h"
#include "reap/watch.h"
#include "shared/atomics.h"
#include "shared/lock.h"
#include "shared/memory.h"
#include "shared/regions.h"
#include "spawn/exec.h"
#include "spawn/spawn.h"
#include "sys/errors.h"
#include "sys/stack.h"
#include "sys/thread_id.h"
#include "terminal/master.h"
#include "terminal/terminal.h"
#include "threads/threads.h"

namespace posix_fork {

namespace {

// Of this thread's environment, until it ends.
thread_local Napi::ObjectReference* g_exports = nullptr;

bool IsLoadedIn(Napi::Env env) { return g_exports != nullptr && g_exports->Env().Global().StrictEquals(env.Global()); }

}  // namespace

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  // Whoever loads the file again gets what is there: the program has emptied `require.cache`, or has another name for
  // the file. Copies of the package find each other by it (lib/sys/copies.ts).
  if (IsLoadedIn(env)) return g_exports->Value();
  if (const int error = RegisterAtFork()) throw SystemError(env, error, "pthread_atfork");
  if (const int error = RegisterRegions()) throw SystemError(env, error, "pthread_atfork");
  if (ThreadId() == getpid()) PrepareFork();  // fork() works in the main thread only
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("fork", Fork);
  add("restartVmThreads", RestartVmThreads);
  add("stackLeft", StackLeft);
  add("v8StackLeft", V8StackLeft);
  add("forkSupport", ForkSupport);
  add("forkFacts", ForkFacts);
  add("largePages", LargePages);
  add("connectionsAt", ConnectionsAt);
  add("streamsAt", StreamsAt);
  add("hasChildProcesses", HasChildProcesses);
  add("stdinWasStopped", StdinWasStopped);
  add("stoppedFilePolls", StoppedFilePolls);
  add("outputWasForgotten", OutputWasForgotten);
  add("findMathRandom", FindMathRandom);
  add("reseedMathRandom", ReseedMathRandom);
  add("fillRandom", FillRandom);
  add("onCleanTurn", OnCleanTurn);
  add("afterUnheard", AfterUnheard);
  add("onDebugSignal", OnDebugSignal);
  add("exitsPastCleanup", ExitsPastCleanup);
  add("inspectorWasDisconnected", InspectorWasDisconnected);
  add("mayProfile", MayProfile);
  add("stopsProfilers", StopsProfilers);
  add("noteExitCode", NoteExitCode);
  add("exit", ExitPastCleanup);
  add("waitpidSync", WaitpidSync);
  add("lookAt", LookAtSync);
  add("onWaited", OnWaited);
  add("waitpid", Waitpid);
  add("cancelWait", CancelWait);
  add("refWait", RefWait);
  add("endWithThread", EndWithThread);
  add("children", Children);
  add("kill", Kill);
  add("sigrtmin", SigRtMin);
  add("killByPidfd", KillByPidfd);
  add("spawn", Spawn);
  add("spawnSupport", SpawnSupport);
  add("execve", Execve);
  add("pipe", Pipe);
  add("socketpair", Socketpair);
  add("dup2", Dup2);
  add("sendParts", SendParts);
  add("receiveInto", ReceiveInto);
  add("sendFds", SendFds);
  add("receiveFds", ReceiveFds);
  add("waitForFd", WaitForFd);
  add("clearSocketError", ClearSocketError);
  add("watchFd", WatchFd);
  add("setWatch", SetWatch);
  add("showWatch", ShowWatch);
  add("closeWatch", CloseWatch);
  add("endWatchers", EndWatchers);
  add("writeBacklog", WriteBacklog);
  add("writeAll", WriteAll);
  add("dup", Dup);
  add("close", Close);
  add("descriptorFlag", DescriptorFlag);
  add("pidfd", Pidfd);
  add("flock", Flock);
  add("repairErrorOf", RepairErrorOf);
  add("closeInForkedChildren", CloseInForkedChildren);
  add("keepInForkedChildren", KeepInForkedChildren);
  add("threads", Threads);
  add("uncoveredThreads", UncoveredThreads);
  add("prlimit", Prlimit);
  add("openpty", Openpty);
  add("keepOpen", KeepTerminalOpen);
  add("letClose", LetTerminalClose);
  add("closeKept", CloseKeptTerminals);
  add("windowSize", WindowSize);
  add("tcgetattr", Tcgetattr);
  add("tcsetattr", Tcsetattr);
  add("makeRaw", MakeRaw);
  add("readNow", ReadNow);
  add("writeNow", WriteNow);
  add("getpid", GetPid);
  add("getppid", GetPpid);
  add("getpgid", GetPgid);
  add("setpgid", SetPgid);
  add("getsid", GetSid);
  add("setsid", SetSid);
  add("tcgetpgrp", TcGetPgrp);
  add("tcsetpgrp", TcSetPgrp);
  add("setPdeathsig", SetPdeathsig);
  add("setChildSubreaper", SetChildSubreaper);
  add("getPriority", GetPriority);
  add("setPriority", SetPriority);
  add("threadName", ThreadName);
  add("mkfifo", Mkfifo);
  add("missingCalls", MissingCalls);
  add("kernelSupport", KernelSupport);
  add("reapOrphans", ReapOrphans);
  add("warmup", Warmup);
  add("compile", Compile);
  add("terminateNext", TerminateNext);
  add("knowsReactions", KnowsReactions);
  add("isPending", IsPending);
  add("forgetReactions", ForgetReactions);
  add("sharedMemory", SharedMemory);
  add("sharedFile", SharedFile);
  add("mapFile", MapFile);
  add("isSharedMemory", IsSharedMemory);
  add("atomicWait", AtomicWait);
  add("atomicNotify", AtomicNotify);
  add("acquireLock", AcquireLock);
  add("releaseLock", ReleaseLock);
  add("_exit", ExitNow);
  if (g_exports == nullptr) {
    g_exports = new Napi::ObjectReference(Napi::Persistent(exports));
    env.AddCleanupHook([] { delete std::exchange(g_exports, nullptr); });
  }
  return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)

}  // namespace posix_fork
