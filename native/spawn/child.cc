#include "spawn/child.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "spawn/borrower.h"
#include "spawn/extensions.h"
#include "spawn/fd_steps.h"
#include "sys/retry.h"

namespace posix_fork {

namespace {

constexpr int kSignals = 64;

struct Context {
  const Request& request;
  const std::vector<FdStep>& steps;
  const char* path;
  char* const* argv;
  char* const* envp;
  bool by_number;  // whether close_range(2) may be used
  StepFailure failure;
};

// Everything from here to RunChild() runs in the child, in the parent's memory, beside the parent's other threads:
// system calls and nothing else. No allocation, no lock, nothing of the C library that knows of threads: setuid(3)
// would tell the *parent's* threads to change as well. errno is that of the parent's thread, which waits.

bool SetForeground(const Request& request) {
  // EPERM: it is another session's. Then the next call says ENOTTY, as it does for all other terminals.
  if (request.new_session && ioctl(request.foreground, TIOCSCTTY, 0) != 0 && errno != EPERM) return false;
  return tcsetpgrp(request.foreground, getpgrp()) == 0;
}

bool SetLimit(const Limit& limit) {
  struct {
    uint64_t soft, hard;
  } limits;
  if (syscall(SYS_prlimit64, 0, limit.resource, nullptr, &limits) != 0) return false;
  limits.soft = limit.soft.value_or(limits.soft);
  limits.hard = limit.hard.value_or(limits.hard);
  return syscall(SYS_prlimit64, 0, limit.resource, &limits, nullptr) == 0;
}

// Whoever becomes another user or group keeps none of the groups of the one before, unless they are named.
bool SetGroups(const Who& who) {
  if (who.groups) return syscall(SYS_setgroups, who.groups->size(), who.groups->data()) == 0;
  if (syscall(SYS_setgroups, 0, nullptr) == 0) return true;
  // It changes nothing, and so may be asked for by anybody.
  uid_t uid, euid, suid;
  gid_t gid, egid, sgid;
  if (errno != EPERM || getresuid(&uid, &euid, &suid) != 0 || getresgid(&gid, &egid, &sgid) != 0) return false;
  const uid_t to_uid = who.uid.value_or(euid);
  const gid_t to_gid = who.gid.value_or(egid);
  if (uid == to_uid && euid == to_uid && suid == to_uid && gid == to_gid && egid == to_gid && sgid == to_gid)
    return true;
  errno = EPERM;
  return false;
}

bool SetUid(uid_t uid) {
  if (syscall(SYS_setresuid, uid, uid, uid) != 0) return false;
  // From root to another the kernel takes all capabilities away; a parent that has some without being root might hand
  // down those that are ambient(7). Linux before 4.3 has none: EINVAL.
  return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 || errno == EINVAL;
}

// A handler of the parent's must not run here once signals are unblocked. 0 and 1 are SIG_DFL and SIG_IGN; the rest of
// what the kernel wants to know is zero, in whichever order it has it.
void SetDispositions(KernelSet ignored) {
  for (int signo = 1; signo <= kSignals; signo++) {
    if (signo == SIGKILL || signo == SIGSTOP) continue;
    const unsigned long action[8] = {(ignored >> (signo - 1)) & 1};
    syscall(SYS_rt_sigaction, signo, action, nullptr, sizeof(KernelSet));
  }
}

// What needs a privilege comes before it is given up: limits, groups, gid, and uid last.
StepFailure Become(const Context& context) {
  const Request& request = context.request;
  const Who& who = *request.who;
  const auto failed = [](Step step, int resource = 0) { return StepFailure{errno, step, resource}; };
  if (request.new_session && setsid() < 0) return failed(Step::kSession);
  if (request.pgid != Request::kNone && setpgid(0, request.pgid) != 0) return failed(Step::kGroup);
  if (!request.cwd.empty() && chdir(request.cwd.c_str()) != 0) return failed(Step::kDirectory);
  if (request.foreground != Request::kNone && !SetForeground(request)) return failed(Step::kForeground);
  if (!RunFdSteps(context.steps, context.by_number, Rest::kClose)) return failed(Step::kDescriptors);
  if (who.umask) umask(*who.umask);
  if (!who.affinity.empty() && syscall(SYS_sched_setaffinity, 0, who.affinity.size(), who.affinity.data()) != 0) {
    return failed(Step::kAffinity);
  }
  if (who.policy) {
    const int priority = who.priority;  // all that struct sched_param is to the kernel
    if (syscall(SYS_sched_setscheduler, 0, *who.policy, &priority) != 0) return failed(Step::kScheduler);
  }
  if (who.nice && setpriority(PRIO_PROCESS, 0, *who.nice) != 0) return failed(Step::kNice);
  for (const Limit& limit : who.limits) {
    if (!SetLimit(limit)) return failed(Step::kLimit, limit.resource);
  }
  if (who.no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed(Step::kNoNewPrivs);
  if ((who.groups || who.gid || who.uid) && !SetGroups(who)) return failed(Step::kGroups);
  if (who.gid && syscall(SYS_setresgid, *who.gid, *who.gid, *who.gid) != 0) return failed(Step::kGid);
  if (who.uid && !SetUid(*who.uid)) return failed(Step::kUid);
  SetDispositions(who.ignored);
  SetMask(who.blocked, nullptr);
  // By its address: GCC would put a function of its own in the place of a call when coverage is counted
  // (__gcov_execve), which frees memory that is the parent's.
  int (*const volatile exec)(const char*, char* const*, char* const*) = execve;
  exec(context.path, context.argv, context.envp);
  return failed(Step::kExec);
}

int RunChild(void* argument) {
  Context& context = *static_cast<Context*>(argument);
  context.failure = Become(context);
  _exit(127);
}

}  // namespace

pid_t StartChild(const Request& request, const std::vector<FdStep>& steps, const char* path, char* const* argv,
                 char* const* envp, Fd* pidfd, StepFailure* failure) {
  const BorrowersStack stack;
  if (!stack) {
    *failure = {errno, Step::kClone};
    return 0;
  }
  Context context{request, steps, path, argv, envp, Extensions().add_closefrom != nullptr, {}};
  int fd = -1;  // stays so before Linux 5.2
  KernelSet mask;
  SetMask(kAllSignals, &mask);
  const pid_t pid = clone(RunChild, stack.top(), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &context, &fd);
  const int error = errno;
  SetMask(mask, nullptr);
  if (pid < 0) {
    *failure = {error, Step::kClone};
    return 0;
  }
  Fd owned(fd);
  if (context.failure.error == 0) {
    *pidfd = std::move(owned);
    return pid;
  }
  *failure = context.failure;
  // Ours alone: nobody has heard of it. ECHILD where SIGCHLD is ignored.
  (void)Retry([pid] { return waitpid(pid, nullptr, 0); });
  return 0;
}

}  // namespace posix_fork
