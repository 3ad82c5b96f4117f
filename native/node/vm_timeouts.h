// Which code runs with the `timeout` of node:vm while it forks, and how does the time go on in the child?
//
// For vm.runInContext(code, { timeout }) Node starts a thread with a timer (node::Watchdog, src/node_watchdog.cc). Its
// parts lie on the stack of that code, so a child that is forked in it has them: a loop that is its parent's, a thread
// that is not there, and an end that joins this thread and aborts, because only the thread would have closed the timer.
// In the child the loop is made its own, and the thread is started anew.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <vector>

namespace posix_fork {

/// A node::Watchdog.
struct VmTimeout {
  uv_loop_t* loop;
  uv_timer_t* timer;
  uv_thread_t* thread;
  pid_t tid;  // 0 once the thread has ended
};

/// Those of the code that calls, the innermost first; on the main thread only. Reads its stack: some microseconds.
std::vector<VmTimeout> FindVmTimeouts();

/// True if its thread waits for the time, and will for some milliseconds, or has ended; this is noted.
bool IsAtRest(VmTimeout* timeout);

/// As IsAtRest() has noted: its thread has ended, though the code has not. So the code is about to be stopped.
bool IsOver(const VmTimeout& timeout);

/// Child only: what kept one from being at rest after all, or null. Its thread may have held a lock of V8's.
const char* WhyVmTimeoutsCannotGoOn(const std::vector<VmTimeout>& timeouts);

/// Child only, with dead threads forgotten: each loop of its own. Calls libuv; runs no callback. Returns 0 or libuv's
/// error.
int RenewVmTimeoutsInChild(const std::vector<VmTimeout>& timeouts);

/// Child only, when its JavaScript is through with the repair, with signals as the parent had them: starts their
/// threads. Returns 0 or libuv's error.
int RestartVmTimeoutsInChild(const std::vector<VmTimeout>& timeouts);

}  // namespace posix_fork
