#include "fork/inspector_thread.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "fork/profiler_thread.h"
#include "fork/sever.h"
#include "node/loop_shape.h"
#include "sys/fd.h"
#include "sys/proc.h"
#include "sys/read_memory.h"
#include "sys/sockets.h"
#include "sys/waits.h"
#include "threads/census.h"

namespace posix_fork {

namespace {

bool g_disconnected = false;

// Frames of uv_run() and ThreadMain(), the loop in the latter: 14 KB in Node 20 to 26, for the events of epoll.
constexpr size_t kDeep = size_t{64} * 1024;
constexpr size_t kPage = 4096;

// It is at rest if two looks find it in the same wait, and it has not run in between. (It may still be telling its
// debugger what has just happened here.)
BlockedIn ReadAtRest(pid_t tid) {
  constexpr int kTimes = 100;
  int64_t timeslices = -1;
  for (int i = 0; i < kTimes; i++) {
    const BlockedIn blocked = ReadBlockedIn(tid);
    const int64_t now = ReadTimeslices(tid);
    if (blocked.known && !blocked.running && WaitsInEpoll(blocked) && now == timeslices) return blocked;
    timeslices = now;
    usleep(1000);
  }
  return BlockedIn();
}

bool IsLoop(const uv_loop_t& loop, const uv_loop_t* self, const BlockedIn& blocked) {
  return IsOpenLoop(loop, self) && loop.backend_fd == static_cast<int>(blocked.args[0]);
}

uv_loop_t* LoopOnStack(const BlockedIn& blocked) {
  std::vector<char> copy(kDeep);
  size_t size = kDeep - (blocked.stack_pointer + kDeep) % kPage;  // to the end of a page: the stack ends at one
  while (!ReadMemory(blocked.stack_pointer, copy.data(), size)) {
    if (size <= kPage) return nullptr;
    size -= kPage;
  }
  for (size_t at = 0; at + sizeof(uv_loop_t) <= size; at += sizeof(void*)) {
    uv_loop_t loop;
    memcpy(&loop, copy.data() + at, sizeof loop);
    auto* self = reinterpret_cast<uv_loop_t*>(blocked.stack_pointer + at);
    if (IsLoop(loop, self, blocked)) return self;
  }
  return nullptr;
}

// Child.
int HangUp(int fd) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  const Fd here(ends[0]), there(ends[1]);  // both are closed at the end: the copy has a peer that is gone
  return DuplicateOnto(here.get(), fd);
}

void HangUpHandle(uv_handle_t* handle, void* data) {
  auto* error = static_cast<int*>(data);
  int fd = -1;
  if (*error != 0 || handle->type != UV_TCP || uv_fileno(handle, &fd) != 0) return;
  *error = IsListening(fd) ? SilenceInChild(fd) : HangUp(fd);
}

// uv_async_send() does nothing where one is pending.
void Silence(uv_handle_t* handle, void* /*data*/) {
  if (handle->type == UV_ASYNC) reinterpret_cast<uv_async_t*>(handle)->pending = 1;
}

}  // namespace

void InspectorThread::Find(const std::vector<Thread>& uncovered) {
  for (const Thread& thread : uncovered) {
    if (IsProfiler(thread)) profiled_ = true;
    if (thread.kind != ThreadKind::kInspector) continue;
    const BlockedIn blocked = ReadAtRest(thread.tid);
    if (blocked.known) loop_ = LoopOnStack(blocked);
  }
}

int InspectorThread::DisconnectInChild(bool may_stop_profiles) const {
  g_disconnected = loop_ != nullptr;
  if (loop_ == nullptr) return 0;
  int error = 0;
  uv_walk(loop_, HangUpHandle, &error);
  if (error != 0) return error;
  const bool detaches = !profiled_ || may_stop_profiles;
  if (const int renewed = detaches ? uv_loop_fork(loop_) : 0) return -renewed;
  // An end is read, then handled; handles are closed in the turn after that.
  constexpr int kTurns = 5;
  for (int i = 0; i < kTurns && detaches; i++) uv_run(loop_, UV_RUN_NOWAIT);
  uv_walk(loop_, Silence, nullptr);
  return 0;
}

bool InspectorWasDisconnected() { return g_disconnected; }

}  // namespace posix_fork
