#include "spawn/exec.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reap/at_fork.h"
#include "spawn/blocking_streams.h"
#include "spawn/borrower.h"
#include "spawn/extensions.h"
#include "spawn/fd_map.h"
#include "spawn/fd_steps.h"
#include "spawn/search.h"
#include "spawn/strings.h"
#include "sys/errors.h"

namespace posix_fork {

namespace {

// A signal that is ignored stays so over an exec, one that is caught gets its default back. So the ignored ones (Node's
// SIGPIPE) get a handler here that does nothing. Unlike the default action, that is harmless to the other threads,
// which run on until the kernel ends them.
class FreshSignals {
 public:
  FreshSignals() {
    // The C library's own two cannot be asked for by sigaction(3): whoever has started this process has ignored them
    // (as posix_spawn(3) of old ones does), and nobody sends them before the library has a handler of its own.
    for (const int signo : {32, 33}) {
      KernelAction action;
      if (KernelSigaction(signo, nullptr, &action) != 0 || action.words[0] != 1) continue;  // SIG_IGN
      const KernelAction by_default = {};
      if (KernelSigaction(signo, &by_default, nullptr) == 0) ignored_.push_back(signo);
    }
    struct sigaction nobody = {};
    nobody.sa_handler = [](int) {};
    nobody.sa_flags = SA_RESTART;
    for (int signo = 1; signo < NSIG; signo++) {
      struct sigaction old;
      if (sigaction(signo, nullptr, &old) != 0 || old.sa_handler != SIG_IGN) continue;
      if (sigaction(signo, &nobody, nullptr) == 0) old_.emplace_back(signo, old);
    }
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, &mask_);
  }
  ~FreshSignals() {
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    for (const auto& [signo, action] : old_) sigaction(signo, &action, nullptr);
    for (const int signo : ignored_) {
      const KernelAction ignore = {{1}};
      KernelSigaction(signo, &ignore, nullptr);
    }
  }
  FreshSignals(const FreshSignals&) = delete;
  FreshSignals& operator=(const FreshSignals&) = delete;

 private:
  // Whatever order the kernel has the rest in, it is zero.
  struct KernelAction {
    unsigned long words[8];
  };
  static long KernelSigaction(int signo, const KernelAction* action, KernelAction* old) {
    return syscall(SYS_rt_sigaction, signo, action, old, sizeof(KernelSet));
  }

  std::vector<std::pair<int, struct sigaction>> old_;
  std::vector<int> ignored_;
  sigset_t mask_;
};

// 0 to 2 go along, and block, as a program expects that knows nothing of Node; everything else is closed by the exec.
class FreshDescriptors {
 public:
  FreshDescriptors() {
    DIR* dir = opendir("/proc/self/fd");
    if (dir == nullptr) {
      error_ = errno;
      return;
    }
    while (const dirent* entry = readdir(dir)) {
      if (entry->d_name[0] == '.') continue;
      const int fd = atoi(entry->d_name);
      if (fd <= STDERR_FILENO) {
        Change(fd, F_GETFD, F_SETFD, 0, FD_CLOEXEC);
        Change(fd, F_GETFL, F_SETFL, 0, O_NONBLOCK);
      } else {
        Change(fd, F_GETFD, F_SETFD, FD_CLOEXEC, 0);
      }
    }
    closedir(dir);
  }
  ~FreshDescriptors() {
    // The last change first: two of 0 to 2 may share their flags.
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      fcntl(change->fd, change->command, change->old_flags);
    }
  }
  FreshDescriptors(const FreshDescriptors&) = delete;
  FreshDescriptors& operator=(const FreshDescriptors&) = delete;
  int error() const { return error_; }

 private:
  void Change(int fd, int get, int set, int add, int remove) {
    const int old_flags = fcntl(fd, get);
    if (old_flags < 0) return;
    const int flags = (old_flags | add) & ~remove;
    if (flags == old_flags) return;
    if (fcntl(fd, set, flags) == 0) changes_.push_back({fd, set, old_flags});
  }

  struct Undo {
    int fd;
    int command;
    int old_flags;
  };
  std::vector<Undo> changes_;
  int error_ = 0;
};

// What is to be executed: the first of the files that can be, or what a descriptor is open for.
struct Program {
  std::vector<std::string> files;
  int fd;  // or -1
  char* const* argv;
  char* const* envp;
};

struct ExecFailure {
  int error = 0;
  size_t file = 0;
  bool directory = false;  // it was options.cwd
};

// Returns only if nothing could be executed, as execvp(3) does: that a file may not be is worth more than that there is
// none. System calls, and nothing else.
ExecFailure Exec(const Program& program) {
  if (program.fd >= 0) {
    syscall(SYS_execveat, program.fd, "", program.argv, program.envp, AT_EMPTY_PATH);
    return {errno};
  }
  ExecFailure failure{ENOENT};
  for (size_t i = 0; i < program.files.size(); i++) {
    execve(program.files[i].c_str(), program.argv, program.envp);
    if (!SearchGoesOn(errno)) return {errno, i};
    if (failure.error != EACCES) failure = {errno, i};
  }
  return failure;
}

// Where the program is to find other descriptors, or another directory: a thread of this process that has its own of
// both (no CLONE_FILES, no CLONE_FS) puts them there and calls exec, by which it becomes the process. If that fails, it
// ends, and nothing has changed: no other thread ever sees a descriptor that is not what it was. It needs no namespace,
// and so no right; unshare(2), which does the same, is forbidden in most containers.
struct Thread {
  const Program& program;
  const std::vector<FdStep>& steps;
  const std::string& cwd;
  bool by_number;
  int pdeathsig;
  ExecFailure failure;
};

// Runs in that thread, on the thread-local storage of the one that waits. System calls, and nothing else.
int RunThread(void* argument) {
  Thread& thread = *static_cast<Thread*>(argument);
  thread.failure = [&]() -> ExecFailure {
    // Each thread has one of its own, and an exec keeps it.
    if (thread.pdeathsig != 0 && prctl(PR_SET_PDEATHSIG, thread.pdeathsig, 0, 0, 0) != 0) return {errno};
    if (!thread.cwd.empty() && chdir(thread.cwd.c_str()) != 0) return {errno, 0, true};
    if (!RunFdSteps(thread.steps, thread.by_number, Rest::kMark)) return {errno};
    SetMask(0, nullptr);
    const ExecFailure failure = Exec(thread.program);
    SetMask(kAllSignals, nullptr);
    return failure;
  }();
  syscall(SYS_exit, 0);  // of the thread
  return 0;
}

// A number for the program's file that is nobody's target; its own, where it is one that stays.
int KeepFile(int fd, const std::vector<FdMapping>& mappings, Fd* copy) {
  const auto is_target = [&](int number) {
    return std::any_of(mappings.begin(), mappings.end(), [&](const FdMapping& each) { return each.target == number; });
  };
  for (const FdMapping& each : mappings) {
    if (each.target == fd && each.source == fd) return fd;
  }
  std::vector<Fd> taken;
  int from = static_cast<int>(mappings.size());
  for (;;) {
    *copy = Fd(fcntl(fd, F_DUPFD_CLOEXEC, from));
    if (!*copy || !is_target(copy->get())) return copy->get();
    from = copy->get() + 1;
    taken.push_back(std::move(*copy));
  }
}

// The kernel wakes the waiting thread once the other one gives the memory back; its descriptors it closes after that,
// and then it is no thread of this process any more. Until then a pipe that is closed here would have no end.
void AwaitEnd(pid_t tid) {
  constexpr int kTimes = 1000;  // a debugger may keep it
  constexpr useconds_t kPause = 20;
  for (int i = 0; i < kTimes && syscall(SYS_tgkill, getpid(), tid, 0) == 0; i++) usleep(kPause);
}

ExecFailure ExecElsewhere(Program program, const std::vector<FdMapping>& mappings, const std::string& cwd) {
  FdPlan plan;
  if (const int error = plan.Prepare(mappings)) return {error};
  Fd copy;
  if (program.fd >= 0) {
    program.fd = KeepFile(program.fd, mappings, &copy);
    if (program.fd < 0) return {errno};
  }
  const BorrowersStack stack;
  if (!stack) return {errno};
  const std::vector<FdStep> steps = plan.Steps();
  Thread thread{program, steps, cwd, Extensions().add_closefrom != nullptr, 0, {}};
  if (prctl(PR_GET_PDEATHSIG, &thread.pdeathsig, 0, 0, 0) != 0) return {errno};
  KernelSet mask;
  SetMask(kAllSignals, &mask);
  const int tid =
      clone(RunThread, stack.top(), CLONE_VM | CLONE_VFORK | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, &thread);
  const int error = errno;
  if (tid > 0) AwaitEnd(tid);
  SetMask(mask, nullptr);
  return tid < 0 ? ExecFailure{error} : thread.failure;
}

}  // namespace

Napi::Value Execve(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = Bytes(info[0]);
  const StringVector argv(info[1].As<Napi::Array>());
  const StringVector envp(info[2].As<Napi::Array>());
  const Napi::Object options = info[3].As<Napi::Object>();
  const std::string cwd = Bytes(options.Get("cwd"));
  const bool search = options.Get("search").As<Napi::Boolean>().Value();
  const int fd = options.Get("fd").As<Napi::Number>().Int32Value();
  const char* const syscall_name = fd >= 0 ? "fexecve" : search ? "execvp" : "execve";
  Program program{{path}, fd, argv.get(), envp.get()};
  if (search) program.files = Candidates(path, PathOf(envp.strings()));
  std::optional<std::vector<FdMapping>> mappings;
  if (!options.Get("fds").IsNull()) mappings = ParseFdMap(options.Get("fds").As<Napi::Array>());

  ExecFailure failure;
  {
    // No child of another thread's spawn or fork may be born with what is prepared here.
    const ForkLock one_at_a_time;
    const NoForks no_forks;
    if (mappings) {
      CheckFdMap(env, *mappings, syscall_name, path);
      const BlockingStreams streams(*mappings);
      const FreshSignals signals;
      failure = ExecElsewhere(program, *mappings, cwd);
    } else {
      const FreshDescriptors descriptors;
      failure.error = descriptors.error();
      if (failure.error == 0) {
        const FreshSignals signals;
        failure = Exec(program);
      }
    }
  }
  if (failure.directory) throw SystemError(env, failure.error, syscall_name, cwd, "options.cwd cannot be entered");
  if (fd >= 0) throw SystemError(env, failure.error, syscall_name);
  throw SystemError(env, failure.error, syscall_name,
                    search && failure.error != ENOENT ? program.files[failure.file] : path);
}

}  // namespace posix_fork
