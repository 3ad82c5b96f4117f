#include "reap/kernel.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "sys/retry.h"

namespace posix_fork {

namespace {

// include/uapi/linux/pidfd.h as of Linux 6.15, whose headers are newer than those of most systems: PIDFD_GET_INFO, the
// first published size of its structure (PIDFD_INFO_SIZE_VER0, which every later kernel takes), PIDFD_INFO_EXIT.
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup_id;
  uint32_t pid, tgid, ppid;
  uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64, "PIDFD_INFO_SIZE_VER0");
constexpr unsigned long kPidfdGetInfo = _IOWR(0xFF, 11, PidfdInfo);
constexpr uint64_t kPidfdInfoExit = 1U << 3;

int64_t Microseconds(const timeval& time) { return int64_t{time.tv_sec} * 1000000 + time.tv_usec; }

Usage ToUsage(const rusage& from) {
  Usage usage;
  usage.user_time = Microseconds(from.ru_utime);
  usage.system_time = Microseconds(from.ru_stime);
  usage.max_rss = from.ru_maxrss;
  usage.minor_faults = from.ru_minflt;
  usage.major_faults = from.ru_majflt;
  usage.fs_reads = from.ru_inblock;
  usage.fs_writes = from.ru_oublock;
  usage.voluntary_switches = from.ru_nvcsw;
  usage.involuntary_switches = from.ru_nivcsw;
  return usage;
}

// waitid(2) tells the same as wait(2), in other words.
int ToRaw(const siginfo_t& info) {
  constexpr int kStopped = 0x7f;
  constexpr int kCoreDumped = 0x80;
  constexpr int kContinued = 0xffff;
  switch (info.si_code) {
    case CLD_EXITED: return (info.si_status & 0xff) << 8;
    case CLD_KILLED: return info.si_status;
    case CLD_DUMPED: return info.si_status | kCoreDumped;
    case CLD_CONTINUED: return kContinued;
    default: return (info.si_status & 0xff) << 8 | kStopped;
  }
}

// glibc's waitid has no rusage; the system call has.
int Waitid(int id_type, int id, siginfo_t* info, int options, rusage* usage) {
  const long result = Retry([&] {
    memset(info, 0, sizeof *info);
    return syscall(SYS_waitid, id_type, id, info, options, usage);
  });
  return result < 0 ? errno : 0;
}

bool Listed(const char* list, const char* word) { return list != nullptr && strstr(list, word) != nullptr; }

}  // namespace

const Without& WithoutWhat() {
  static const Without without = [] {
    const char* list = getenv("POSIX_FORK_REAP");
    return Without{Listed(list, "no-pidfd"), Listed(list, "no-exit-info")};
  }();
  return without;
}

Fd OpenPidfd(pid_t pid) {
  if (WithoutWhat().pidfd) {
    errno = ENOSYS;
    return Fd();
  }
  return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

Report WaitNow(int pidfd, pid_t pid, int options, Status* status) {
  siginfo_t info;
  rusage usage = {};
  options |= WNOHANG;
  int error = EINVAL;
  if (pidfd >= 0) error = Waitid(kIdIsPidfd, pidfd, &info, options, &usage);
  // No pidfd; or Linux 5.3, which has pidfds but cannot wait for them; or a filter of system calls that forbids it.
  if (error != 0 && error != ECHILD) error = Waitid(P_PID, pid, &info, options, &usage);
  if (error != 0) return Report::kNoChild;
  if (info.si_pid == 0) return Report::kNothing;
  status->pid = pid;
  status->raw = ToRaw(info);
  status->has_usage = true;
  status->usage = ToUsage(usage);
  return Report::kStatus;
}

int LookAt(idtype_t type, int id, int options, Status* status) {
  siginfo_t info;
  rusage usage = {};
  if (const int error = Waitid(type, id, &info, options | WNOHANG | WNOWAIT, &usage)) return error;
  status->pid = info.si_pid;
  status->raw = ToRaw(info);
  status->has_usage = true;
  status->usage = ToUsage(usage);
  return 0;
}

bool IsChild(pid_t pid) {
  Status ignored;
  return LookAt(P_PID, pid, WEXITED | WSTOPPED | WCONTINUED, &ignored) == 0;
}

ExitInfo ReadExitInfo(int pidfd, int* raw) {
  if (pidfd < 0 || WithoutWhat().exit_info) return ExitInfo::kUnknown;
  PidfdInfo info = {};
  const auto ask = [&] {
    info = {};
    info.mask = kPidfdInfoExit;
    return ioctl(pidfd, kPidfdGetInfo, &info);
  };
  // ESRCH: reaped, and this kernel does not remember (6.13, 6.14). ENOTTY, EINVAL: it does not know the request.
  // Or, with ESRCH, it was reaped between the kernel's two looks, at what is remembered and then at the process
  // (pidfd_info(), fs/pidfs.c): 8 of 50,000 children that were asked for as they ended. The next look is the true one.
  if (ask() != 0 && (errno != ESRCH || ask() != 0)) return ExitInfo::kUnknown;
  if (!(info.mask & kPidfdInfoExit)) return ExitInfo::kNotYet;
  *raw = info.exit_code;
  return ExitInfo::kKnown;
}

int SendSignal(int pidfd, pid_t pid, int signo) {
  if (pidfd >= 0) {
    if (syscall(SYS_pidfd_send_signal, pidfd, signo, nullptr, 0) == 0) return 0;
    // EPERM: another user's process, of which kill(2) says the same, or a filter of system calls.
    if (errno != ENOSYS && errno != EPERM) return errno;
  }
  return kill(pid, signo) == 0 ? 0 : errno;
}

}  // namespace posix_fork
