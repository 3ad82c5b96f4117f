// What does the kernel say of one child? The system calls under the reap table, each of which returns at once.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <cstdint>

#include "sys/fd.h"

namespace posix_fork {

/// What a child and its own waited-for children have used (getrusage(2)); times in microseconds, max_rss in kilobytes.
struct Usage {
  int64_t user_time = 0;
  int64_t system_time = 0;
  int64_t max_rss = 0;
  int64_t minor_faults = 0;
  int64_t major_faults = 0;
  int64_t fs_reads = 0;
  int64_t fs_writes = 0;
  int64_t voluntary_switches = 0;
  int64_t involuntary_switches = 0;
};

/// What became of a child. `raw` is the status word of wait(2).
struct Status {
  pid_t pid = 0;
  int raw = 0;
  bool has_usage = false;  // false: something else reaped it, and took the numbers
  Usage usage;
};

/// What the package must do without; from POSIX_FORK_REAP in the environment, a list with commas
/// (docs/platforms.md).
struct Without {
  bool pidfd = false;      // "no-pidfd": as on Linux before 5.3, under a strict seccomp filter, or at EMFILE
  bool exit_info = false;  // "no-exit-info": as on Linux before 6.15
};
const Without& WithoutWhat();

/// pidfd_open(2), close-on-exec from birth; empty where it cannot be had.
Fd OpenPidfd(pid_t pid);

enum class Report { kNothing, kStatus, kNoChild };

/// waitid(2) with WNOHANG, of the child that the pidfd means (or the pid, where pidfd is -1). `options` of WEXITED,
/// WSTOPPED, WCONTINUED, WNOWAIT.
Report WaitNow(int pidfd, pid_t pid, int options, Status* status);

/// waitid(2) itself, with WNOHANG and WNOWAIT: nothing is taken. `options` of WEXITED, WSTOPPED, WCONTINUED. Returns 0
/// or an errno; `status->pid` is 0 if nothing is to be told.
int LookAt(idtype_t type, int id, int options, Status* status);

/// P_PIDFD (Linux 5.4), which older C libraries do not have.
constexpr auto kIdIsPidfd = static_cast<idtype_t>(3);

/// True if the pid is a child of this process, running or not yet reaped, whoever started it.
bool IsChild(pid_t pid);

enum class ExitInfo { kKnown, kNotYet, kUnknown };

/// How a process ended that somebody else has reaped (PIDFD_GET_INFO, Linux 6.15). kNotYet: it is being reaped just
/// now.
ExitInfo ReadExitInfo(int pidfd, int* raw);

/// pidfd_send_signal(2), or kill(2) where pidfd is -1. Returns 0 or an errno.
int SendSignal(int pidfd, pid_t pid, int signo);

}  // namespace posix_fork
