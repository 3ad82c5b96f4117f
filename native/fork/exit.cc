#include "fork/exit.h"

#include <unistd.h>

#include <cstdio>
#include <functional>

namespace posix_fork {

namespace {

bool g_leaves_without_workers = false;

}  // namespace

void LeaveWithoutWorkersInChild(const Runtime& runtime) {
  if (g_leaves_without_workers) return;
  g_leaves_without_workers = true;
  runtime.set_exit_handler(LocateMainThread().environment, [](void*, int code) { Leave(code); });
}

bool LeavesWithoutWorkers() { return g_leaves_without_workers; }

void Leave(int code) {
  // fork(2) made the locks of the streams new (POSIX asks that of glibc and musl), so this cannot hang.
  fflush(nullptr);
  _exit(code);
}

}  // namespace posix_fork
