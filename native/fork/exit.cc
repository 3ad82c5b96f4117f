#include "fork/exit.h"

#include <unistd.h>

#include <cstdio>
#include <functional>

namespace posix_fork {

namespace {

bool g_exits_past_cleanup = false;

}  // namespace

void ExitPastCleanupInChild(const Runtime& runtime) {
  if (g_exits_past_cleanup) return;
  g_exits_past_cleanup = true;
  runtime.set_exit_handler(LocateMainThread().environment, [](void*, int code) { Exit(code); });
}

bool ExitsPastCleanup() { return g_exits_past_cleanup; }

void Exit(int code) {
  // fork(2) made the locks of the streams new (POSIX asks that of glibc and musl), so this cannot hang.
  fflush(nullptr);
  _exit(code);
}

}  // namespace posix_fork
