#include "spawn/exec.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

#include "reap/at_fork.h"
#include "spawn/strings.h"
#include "sys/errors.h"

namespace posix_fork {

namespace {

// A signal that is ignored stays so over an exec, one that is caught gets its default back. So the ignored ones (Node's
// SIGPIPE) are caught here, by nobody: unlike the default action, that is harmless to the other threads, which run on
// until the kernel ends them.
class FreshSignals {
 public:
  FreshSignals() {
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
  }
  FreshSignals(const FreshSignals&) = delete;
  FreshSignals& operator=(const FreshSignals&) = delete;

 private:
  std::vector<std::pair<int, struct sigaction>> old_;
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

}  // namespace

Napi::Value Execve(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = Bytes(info[0]);
  const StringVector argv(info[1].As<Napi::Array>());
  const StringVector envp(info[2].As<Napi::Array>());
  int error;
  {
    // No child of another thread's spawn or fork may be started with what is prepared here.
    const ForkLock one_at_a_time;
    const NoForks no_forks;
    const FreshDescriptors descriptors;
    error = descriptors.error();
    if (error == 0) {
      const FreshSignals signals;
      execve(path.c_str(), argv.get(), envp.get());
      error = errno;
    }
  }
  throw SystemError(env, error, "execve", path);
}

}  // namespace posix_fork
