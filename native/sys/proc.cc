#include "sys/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "sys/fd.h"
#include "sys/maps_parser.h"
#include "sys/retry.h"

namespace posix_fork {

namespace {

thread_local int t_proc_error = 0;

void NoteError() {
  switch (errno) {
    case ENOENT:
    case ESRCH:
    case EACCES:
    case EPERM: return;
    default: t_proc_error = errno;
  }
}

// Who the process was as it loaded the package; its children have this from it.
const uid_t g_user = geteuid();
const gid_t g_group = getegid();

// As the process changed its user it became one that is not dumpable (credentials(7), prctl(2)), and what only the
// owner of a process may open is root's now: what its own threads wait in. It may say that it is dumpable for a moment:
// the time of one open(2). Only after such a change: whoever has asked for it otherwise (a program with secrets) keeps
// it.
Fd OpenAsDumpable(const char* path) {
  if ((geteuid() == g_user && getegid() == g_group) || prctl(PR_GET_DUMPABLE) == 1) return Fd();
  if (prctl(PR_SET_DUMPABLE, 1) != 0) return Fd();
  Fd fd(open(path, O_RDONLY | O_CLOEXEC));
  const int error = errno;
  prctl(PR_SET_DUMPABLE, 0);  // 2, which it may have been, nobody can ask for: it differs in core dumps, of root's
  errno = error;
  return fd;
}

Fd OpenProc(const char* path) {
  Fd fd(open(path, O_RDONLY | O_CLOEXEC));
  if (!fd && errno == EACCES) {
    fd = OpenAsDumpable(path);
    if (!fd) errno = EACCES;
  }
  if (!fd) NoteError();
  return fd;
}

ssize_t Read(const Fd& fd, char* buffer, size_t size) {
  const ssize_t n = Retry([&] { return read(fd.get(), buffer, size); });
  if (n < 0) NoteError();
  return n;
}

}  // namespace

int TakeProcError() { return std::exchange(t_proc_error, 0); }

std::string ReadProc(const char* path) {
  std::string text;
  const Fd fd = OpenProc(path);
  if (!fd) return text;
  char buffer[1024];
  ssize_t n;
  while ((n = Read(fd, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<size_t>(n));
  return text;
}

std::vector<pid_t> ThreadIds() {
  std::vector<pid_t> tids;
  DIR* dir = opendir("/proc/self/task");
  if (dir == nullptr) {
    NoteError();
    return tids;
  }
  // Tells its end from an error by errno only.
  errno = 0;
  while (const dirent* entry = readdir(dir)) {
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') tids.push_back(atoi(entry->d_name));
    errno = 0;
  }
  if (errno != 0) NoteError();
  closedir(dir);
  if (std::find(tids.begin(), tids.end(), getpid()) == tids.end()) tids.clear();
  return tids;
}

Fd OpenBlockedIn(pid_t tid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/syscall", tid);
  return OpenProc(path);
}

BlockedIn ReadBlockedIn(const Fd& file) {
  BlockedIn blocked;
  char text[256];
  const ssize_t length = Retry([&] { return pread(file.get(), text, sizeof text - 1, 0); });
  if (length <= 0) return blocked;
  text[length] = '\0';
  blocked.known = true;
  blocked.running = strncmp(text, "running", 7) == 0;
  if (!blocked.running) {
    uint64_t* a = blocked.args;
    const int fields =
        sscanf(text, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64,
               &blocked.number, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &blocked.stack_pointer);
    // Blocked outside of a system call: -1, the stack pointer, the program counter (proc_pid_syscall(5)).
    if (fields < 8) blocked.stack_pointer = a[0];
  }
  return blocked;
}

BlockedIn ReadBlockedIn(pid_t tid) { return ReadBlockedIn(OpenBlockedIn(tid)); }

int64_t ReadTimeslices(pid_t tid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", tid);
  int64_t slices = -1;
  sscanf(ReadProc(path).c_str(), "%*d %*d %" SCNd64, &slices);
  return slices;
}

std::string SyscallName(long number) {
  switch (number) {
    case SYS_futex: return "futex";
    case SYS_read: return "read";
    case SYS_write: return "write";
    case SYS_epoll_pwait: return "epoll_pwait";
#ifdef SYS_epoll_wait
    case SYS_epoll_wait: return "epoll_wait";
#endif
    case SYS_ppoll: return "ppoll";
#ifdef SYS_poll
    case SYS_poll: return "poll";
#endif
    case SYS_nanosleep: return "nanosleep";
    case SYS_clock_nanosleep: return "clock_nanosleep";
    case SYS_madvise: return "madvise";
    case SYS_mmap: return "mmap";
    case SYS_munmap: return "munmap";
    case SYS_mprotect: return "mprotect";
    case -1: return "a page fault";
    default: return "system call " + std::to_string(number);
  }
}

std::vector<Range> OwnMappings() {
  std::vector<Range> ranges;
  const Fd fd = OpenProc("/proc/self/maps");
  if (!fd) return ranges;
  MapsParser parser;
  static constexpr size_t kChunk = size_t{64} * 1024;
  std::vector<char> buffer(kChunk);
  ssize_t n;
  while ((n = Read(fd, buffer.data(), kChunk)) > 0) {
    for (ssize_t i = 0; i < n; i++) {
      Range range;
      if (parser.Feed(buffer[static_cast<size_t>(i)], &range)) ranges.push_back(range);
    }
  }
  return ranges;
}

}  // namespace posix_fork
