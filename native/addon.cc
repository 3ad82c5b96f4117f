// What does the addon export? This table, and nothing else. Arguments have been checked in lib/.
#include <napi.h>
#include <unistd.h>

#include "fork/at_fork.h"
#include "fork/fork.h"
#include "process/process.h"
#include "reap/wait.h"
#include "reap/watch.h"
#include "sys/errors.h"
#include "threads/threads.h"

namespace posix_fork {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  if (const int error = RegisterAtFork()) throw SystemError(env, error, "pthread_atfork");
  if (gettid() == getpid()) PrepareFork();  // fork() works in the main thread only
  const auto add = [&](const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("fork", Fork);
  add("forkSupport", ForkSupport);
  add("leavesWithoutWorkers", LeavesWithoutWorkers);
  add("leave", LeaveNow);
  add("waitpidSync", WaitpidSync);
  add("waitpid", Waitpid);
  add("threads", Threads);
  add("uncoveredThreads", UncoveredThreads);
  add("getpid", GetPid);
  add("_exit", ExitNow);
  return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)

}  // namespace posix_fork
