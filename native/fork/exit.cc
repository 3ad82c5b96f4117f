#include "fork/exit.h"

#include <unistd.h>
#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <utility>

#include "fork/repair_deadline.h"
#include "fork/v8_pool.h"
#include "node/uv_pool.h"

namespace posix_fork {

namespace {

bool g_exits_past_cleanup = false;

// What the process will end with, once its 'exit' event has come; below 0 before. (An embedder may end it without one.)
int g_exit_code = -1;

// In a child, until it is about to end: libuv's pool may still be that of its parent.
bool g_pool_is_put_off = false;

// In a child that comes to its end by exit(3) or Node: what is put off there, whose ends would wait for the threads of
// the parent's. In any other process: nothing.
void MakeThreadsAtExitInChild() {
  MakeUvPoolAtExitInChild();
  StartV8WorkersInChild();
}

}  // namespace

void PrepareExit() {
  // By exit(3), which an addon may call, Node does not come to what it has for its own end: the destructor of its
  // platform would wait for the threads of the parent's.
  static const int registered = std::atexit(MakeThreadsAtExitInChild);
  (void)registered;  // an error: there is no memory for one more
}

void PutOffUvPoolInChild() { g_pool_is_put_off = true; }

void MakeUvPoolAtExitInChild() {
  if (!std::exchange(g_pool_is_put_off, false)) return;
  const LateRepair late;
  if (const int error = MakeUvPoolInChild()) DieInRepair("uv_queue_work", uv_strerror(error));
}

void ExitPastCleanupInChild(const Runtime& runtime) {
  g_exit_code = -1;
  // What was added last runs first. So this is added in each generation: it has to run before what a debugger of its
  // parent has added.
  runtime.at_exit(
      LocateMainThread().environment,
      [](void*) {
        if (g_exit_code >= 0) Exit(g_exit_code);
        MakeThreadsAtExitInChild();
      },
      nullptr);
  if (g_exits_past_cleanup) return;
  g_exits_past_cleanup = true;
  runtime.set_exit_handler(LocateMainThread().environment, [](void*, int code) { Exit(code); });
}

void NoteExitCode(int code) { g_exit_code = code; }

bool ExitsPastCleanup() { return g_exits_past_cleanup; }

void Exit(int code) {
  // fork(2) made the locks of the streams new (POSIX asks that of glibc and musl), so this cannot hang.
  fflush(nullptr);
  _exit(code);
}

}  // namespace posix_fork
