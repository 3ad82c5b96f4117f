#include "spawn/child.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>

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
  // Of a program that joins a namespace of pids, which takes a second child: its stack, and its pid.
  char* second_stack = nullptr;
  pid_t second = 0;
  // What maps this process's ids in a new namespace of users.
  std::string uid_map, gid_map;
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

// A child that becomes another user or group keeps none of its former groups, unless they are named.
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

bool WriteFile(const char* path, const char* text, size_t size) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool written = write(fd, text, size) == static_cast<ssize_t>(size);
  const int error = errno;
  close(fd);
  errno = error;
  return written;
}

// user_namespaces(7): whoever has no right in the namespace above may map its own ids only, and must have given up
// setgroups(2).
bool MapIds(const Context& context) {
  constexpr char kDeny[] = "deny";
  return WriteFile("/proc/thread-self/setgroups", kDeny, sizeof kDeny - 1) &&
         WriteFile("/proc/thread-self/gid_map", context.gid_map.data(), context.gid_map.size()) &&
         WriteFile("/proc/thread-self/uid_map", context.uid_map.data(), context.uid_map.size());
}

// Where the program lives.
StepFailure Move(const Context& context) {
  const Who& who = *context.request.who;
  for (size_t i = 0; i < who.join.size(); i++) {
    if (setns(who.join[i], 0) != 0) return {errno, Step::kJoin, static_cast<int>(i)};
  }
  if ((who.namespaces & CLONE_NEWUSER) && !MapIds(context)) return {errno, Step::kIds};
  // Or what it mounts would be mounted for all, as unshare(1) knows.
  if ((who.namespaces & CLONE_NEWNS) && syscall(SYS_mount, "none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return {errno, Step::kMounts};
  }
  return {};
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

int RunSecondChild(void* argument) {
  Context& context = *static_cast<Context*>(argument);
  context.failure = Become(context);
  _exit(127);
}

int RunChild(void* argument) {
  Context& context = *static_cast<Context*>(argument);
  context.failure = Move(context);
  if (context.failure.error != 0) _exit(127);
  if (context.second_stack == nullptr) return RunSecondChild(argument);
  // Of a namespace of pids that was joined only children are members: one that has the same parent as this one
  // (CLONE_PARENT).
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT | SIGCHLD;
  context.second = clone(RunSecondChild, context.second_stack, flags, &context);
  if (context.second < 0) context.failure = {errno, Step::kClone};
  _exit(0);
}

// clone3(2) with a stack of the child's own. The C library has it for itself only.
struct CloneArguments {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
constexpr uint64_t kCloneIntoCgroup = 0x200000000;  // Linux 5.7

long Clone3(const CloneArguments* arguments, int (*run)(void*), void* argument) {
#if defined(SYS_clone3) && defined(__x86_64__)
  register int (*function)(void*) __asm__("r12") = run;
  register void* value __asm__("r13") = argument;
  long result;
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xorl %%ebp, %%ebp\n\t"
      "movq %%r13, %%rdi\n\t"
      "callq *%%r12\n\t"
      "ud2\n"
      "1:"
      : "=a"(result)
      : "0"(SYS_clone3), "D"(arguments), "S"(sizeof *arguments), "r"(function), "r"(value)
      : "rcx", "r11", "memory");
#elif defined(SYS_clone3) && defined(__aarch64__)
  register int (*function)(void*) __asm__("x20") = run;
  register void* value __asm__("x21") = argument;
  register long number __asm__("x8") = SYS_clone3;
  register long result __asm__("x0") = reinterpret_cast<long>(arguments);
  register long size __asm__("x1") = sizeof *arguments;
  __asm__ volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x21\n\t"
      "blr x20\n\t"
      "brk #0\n"
      "1:"
      : "+r"(result)
      : "r"(number), "r"(size), "r"(function), "r"(value)
      : "memory", "x30");
#else
  (void)arguments, (void)run, (void)argument;
  return -ENOSYS;
#endif
#if defined(SYS_clone3) && (defined(__x86_64__) || defined(__aarch64__))
  return result;
#endif
}

// Returns the pid, or -1 and errno.
pid_t Clone(const BorrowersStack& stack, Context* context, int* pidfd) {
  const Who& who = *context->request.who;
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | who.namespaces;
  if (who.cgroup < 0) return clone(RunChild, stack.top(), flags | SIGCHLD, context, pidfd);
  CloneArguments arguments = {};
  arguments.flags = static_cast<unsigned int>(flags) | kCloneIntoCgroup;
  arguments.pidfd = reinterpret_cast<uintptr_t>(pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<uintptr_t>(stack.bottom());
  arguments.stack_size = static_cast<uint64_t>(stack.top() - stack.bottom());
  arguments.cgroup = static_cast<uint64_t>(who.cgroup);
  const long result = Clone3(&arguments, RunChild, context);
  if (result >= 0) return static_cast<pid_t>(result);
  errno = static_cast<int>(-result);
  return -1;
}

bool JoinsPids(const Who& who) {
  constexpr unsigned long kTypeOfNamespace = 0xb703;  // NS_GET_NSTYPE, Linux 4.11
  // Where the kernel does not say, two children do no harm.
  return std::any_of(who.join.begin(), who.join.end(), [](int fd) {
    const int type = ioctl(fd, kTypeOfNamespace);
    return type < 0 || type == CLONE_NEWPID;
  });
}

// Ours alone: nobody has heard of it. ECHILD where SIGCHLD is ignored.
void Reap(pid_t pid) {
  Retry([&] { return waitpid(pid, nullptr, 0); });
}

}  // namespace

pid_t StartChild(const Request& request, const std::vector<FdStep>& steps, const char* path, char* const* argv,
                 char* const* envp, Fd* pidfd, StepFailure* failure) {
  const Who& who = *request.who;
  const BorrowersStack stack;
  std::optional<BorrowersStack> second;
  if (JoinsPids(who)) second.emplace();
  if (!stack || (second && !*second)) {
    *failure = {errno, Step::kClone};
    return 0;
  }
  Context context{request, steps, path, argv, envp, Extensions().add_closefrom != nullptr, nullptr, 0, {}, {}, {}};
  if (second) context.second_stack = second->top();
  if (who.namespaces & CLONE_NEWUSER) {
    const auto map = [](uint32_t inside, uint32_t outside) {
      return std::to_string(inside) + " " + std::to_string(outside) + " 1";
    };
    context.uid_map = map(who.uid.value_or(geteuid()), geteuid());
    context.gid_map = map(who.gid.value_or(getegid()), getegid());
  }
  int fd = -1;  // stays so before Linux 5.2
  KernelSet mask;
  SetMask(kAllSignals, &mask);
  const pid_t pid = Clone(stack, &context, &fd);
  const int error = errno;
  SetMask(mask, nullptr);
  if (pid < 0) {
    *failure = {error, Step::kClone};
    return 0;
  }
  Fd owned(fd);
  if (context.second != 0) Reap(pid);
  if (context.failure.error == 0) {
    if (context.second == 0) *pidfd = std::move(owned);
    return context.second != 0 ? context.second : pid;
  }
  *failure = context.failure;
  if (context.second == 0) Reap(pid);
  if (context.second > 0) Reap(context.second);
  return 0;
}

}  // namespace posix_fork
