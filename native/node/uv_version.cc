#include "node/uv_version.h"

#include <uv.h>

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

// libuv 1.46 (Node 20) has an io_uring for files, unasked until Node 20.11.0 and if it is told to (UV_USE_IO_URING)
// since. A loop that was forked in the middle of its completions goes on in the new, empty ring: such a child crashed
// 15 times of 15; with libuv 1.51 (Node 22), and later ones, none of 36. Loops have it from the start.
bool LoopHasAnOldRing() {
  static const bool has =
      uv_version() < Version(1, 51) && ReadProc("/proc/self/maps").find("[io_uring]") != std::string::npos;
  return has;
}

// Whose sources were read: src/threadpool.c, stream.c, signal.c and process.c of src/unix.
bool SourcesAreKnown() { return uv_version() >= Version(1, 44) && uv_version() < Version(1, 53); }

}  // namespace

std::vector<std::string> WhyNoLoopCanBeForked() {
  std::vector<std::string> reasons;
  if (!SizesAreKnown())
    reasons.push_back("the structs of this libuv do not have the sizes that they have in libuv 1.x");
  if (LoopHasAnOldRing()) {
    // From 1.50 on the setting is about files alone, and the loop has a ring all the same.
    const bool can_be_prevented = uv_version() < Version(1, 50);
    reasons.push_back(std::string("this libuv uses io_uring, and cannot be forked in the middle of it (") +
                      (can_be_prevented ? "set UV_USE_IO_URING=0 in the environment to prevent it)"
                                        : "that of a later Node.js can)"));
  }
  return reasons;
}

std::vector<Fact> UvFacts() {
  const Holds sources = SourcesAreKnown() ? Holds::kYes : Holds::kUnknown;
  return {
      {"uv_loop_t, uv_handle_t, uv_req_t", "the structs of libuv have the sizes that they have in libuv 1.x",
       "fork() is refused: it would write to the wrong places of the event loop", HoldsIf(SizesAreKnown())},
      {"io_uring", "libuv is version 1.51 or later, or does not use io_uring",
       "fork() is refused: a child that is forked in a callback of node:fs would crash", HoldsIf(!LoopHasAnOldRing())},
      {"uv__work_done, uv__write_callbacks, uv__chld",
       "what libuv is about to call is in lists on its stack, as in libuv 1.44 to 1.52",
       "a child that is forked in one of several callbacks that are due at once may run the others, too", sources},
      {"uv__signal_msg_t",
       "caught signals go through a pipe, each as its handle and its number, as in libuv 1.44 to 1.52",
       "fork() is refused while signals are pending: a child would run their handlers, too", sources},
  };
}

}  // namespace posix_fork
