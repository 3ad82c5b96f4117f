#include "node/uv_version.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>
#include <uv.h>

#include <cstdlib>
#include <cstring>

#include "sys/proc.h"

namespace posix_fork {

namespace {

constexpr unsigned Version(unsigned major, unsigned minor) { return major << 16 | minor << 8; }

// The package writes to these: it is built with the headers of one libuv 1.x, and runs with another.
bool SizesAreKnown() {
  return uv_loop_size() == sizeof(uv_loop_t) && uv_handle_size(UV_ASYNC) == sizeof(uv_async_t) &&
         uv_handle_size(UV_FS_EVENT) == sizeof(uv_fs_event_t) && uv_handle_size(UV_NAMED_PIPE) == sizeof(uv_pipe_t) &&
         uv_handle_size(UV_POLL) == sizeof(uv_poll_t) && uv_handle_size(UV_PROCESS) == sizeof(uv_process_t) &&
         uv_handle_size(UV_SIGNAL) == sizeof(uv_signal_t) && uv_handle_size(UV_TCP) == sizeof(uv_tcp_t) &&
         uv_handle_size(UV_TTY) == sizeof(uv_tty_t) && uv_handle_size(UV_UDP) == sizeof(uv_udp_t) &&
         uv_req_size(UV_WRITE) == sizeof(uv_write_t) && uv_req_size(UV_WORK) == sizeof(uv_work_t);
}

// A ring of the kernel's, and one with a thread that takes what is submitted (IORING_SETUP_SQPOLL): such a one is for
// files, the other for epoll_ctl alone. proc_pid_fdinfo(5), io_uring/fdinfo.c. An open descriptor of which /proc does
// not tell what it is (in a root without /proc, say) counts as a ring for files.
// Another thread may have closed it between two looks, and opened another one: then it is looked at again.
bool MayBeRingForFiles(int fd) {
  constexpr int kLooks = 100;
  for (int i = 0; i < kLooks; i++) {
    if (fcntl(fd, F_GETFD) == -1) return false;
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    char target[64] = "";
    if (readlink(link.c_str(), target, sizeof target - 1) <= 0) continue;
    if (strcmp(target, "anon_inode:[io_uring]") != 0) return false;
    const std::string info = ReadProc(("/proc/self/fdinfo/" + std::to_string(fd)).c_str());
    const size_t at = info.find("SqThread:");
    if (at != std::string::npos) return strtol(info.c_str() + at + strlen("SqThread:"), nullptr, 10) != -1;
  }
  return true;
}

// uv__poll_io_uring (src/unix/linux.c) calls back for each operation that the ring has finished, and goes on to the
// next in memory that uv_loop_fork has unmapped: such a child crashed 15 times of 15. libuv 1.45 to 1.48 make that ring
// with the loop (since Node 20.11.1 if UV_USE_IO_URING is set), later ones if uv_loop_configure() has said so, which
// Node never does: bit 2 of the flags. uv__loop_internal_fields_t has the ring's number, in another place in each
// version.
bool MayHaveRingForFiles(const uv_loop_t* loop) {
  constexpr unsigned long kOtherFlags = 0x3;  // UV_LOOP_BLOCK_SIGPROF, UV_LOOP_REAP_CHILDREN
  if (uv_version() < Version(1, 45)) return false;
  if (uv_version() >= Version(1, 49) && (loop->flags & ~kOtherFlags) == 0) return false;
  const size_t size = malloc_usable_size(loop->internal_fields);
  constexpr int kMostDescriptors = 1 << 20;
  for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
    int word;
    memcpy(&word, static_cast<const char*>(loop->internal_fields) + at, sizeof word);
    if (word > STDERR_FILENO && word < kMostDescriptors && MayBeRingForFiles(word)) return true;
  }
  return false;
}

// Whose sources were read: src/threadpool.c, stream.c, signal.c and process.c of src/unix.
bool SourcesAreKnown() { return uv_version() >= Version(1, 44) && uv_version() < Version(1, 53); }

}  // namespace

std::vector<std::string> WhyLoopCannotBeForked(const uv_loop_t* loop) {
  std::vector<std::string> reasons;
  if (!SizesAreKnown())
    reasons.push_back("the structs of this libuv do not have the sizes that they have in libuv 1.x");
  else if (MayHaveRingForFiles(loop))
    reasons.push_back(
        "this libuv reads and writes files through io_uring, and cannot be forked in the middle of it (set "
        "UV_USE_IO_URING=0 in the environment to prevent it)");
  return reasons;
}

std::vector<Fact> UvFacts(const uv_loop_t* loop) {
  const Holds sources = SourcesAreKnown() ? Holds::kYes : Holds::kUnknown;
  return {
      {"uv_loop_t, uv_handle_t, uv_req_t", "the structs of libuv have the sizes that they have in libuv 1.x",
       "fork() throws: it would write to the wrong places of the event loop", HoldsIf(SizesAreKnown())},
      {"io_uring", "the event loop has no io_uring for files, which libuv 1.45 to 1.48 may have",
       "fork() throws: a child that is forked in a callback of node:fs would crash",
       HoldsIf(SizesAreKnown() && !MayHaveRingForFiles(loop))},
      {"uv__work_done, uv__write_callbacks, uv__chld",
       "what libuv is about to call is in lists on its stack, as in libuv 1.44 to 1.52",
       "a child that is forked in one of several callbacks that are due at once may run the others, too", sources},
      {"uv__signal_msg_t",
       "caught signals go through a pipe, each as its handle and its number, as in libuv 1.44 to 1.52",
       "fork() throws while signals are pending: a child would run their handlers, too", sources},
  };
}

}  // namespace posix_fork
