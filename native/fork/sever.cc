#include "fork/sever.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>
#include <utility>

#include "node/uv_handles.h"
#include "sys/fd.h"
#include "sys/loop.h"
#include "sys/sockets.h"

namespace posix_fork {

namespace {

// What takes the place of the parent's descriptors. Made when a handle first needs it, and never closed: the
// descendants of this process inherit it, and nothing ever passes through it.
int g_silent_stream = -1;
int g_silent_stream_peer = -1;
int g_silent_datagrams = -1;
int g_silent_datagrams_peer = -1;
int g_silent_listener = -1;

struct Watch {
  uv_fs_event_t* handle;
  std::string path;
};

bool g_had_inotify = false;
void* g_busy_watchers = nullptr;
std::vector<Watch> g_watches;
std::vector<std::string> g_file_polls;
bool g_stopped_stdin = false;
bool g_forgot_output = false;

int DropEverything(int fd) {
  sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program = {1, &drop};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ? 0 : errno;
}

// One end of a datagram pair whose other end drops everything: it is never readable, always writable, never hung up
// (unix_dgram_sendmsg() in net/unix/af_unix.c of Linux takes what the filter refuses for sent). A stream pair would
// fill up, and the child's own writes would keep it alive for ever.
int MakePair(Fd* silent, Fd* peer) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  *silent = Fd(ends[0]);
  *peer = Fd(ends[1]);
  return DropEverything(ends[1]);
}

// What is sent through it gets lost, as datagrams do.
int MakeSilentDatagrams() {
  if (g_silent_datagrams >= 0) return 0;
  Fd silent, peer;
  if (const int error = MakePair(&silent, &peer)) return error;
  g_silent_datagrams = silent.release();
  g_silent_datagrams_peer = peer.release();
  return 0;
}

// Writes to it fail with EPIPE: a client that takes a connection of the parent's from its pool hears at once that it is
// gone, and makes another. One that could only wait for the answer would wait for ever.
int MakeSilentStream() {
  if (g_silent_stream >= 0) return 0;
  Fd silent, peer;
  if (const int error = MakePair(&silent, &peer)) return error;
  if (shutdown(silent.get(), SHUT_WR) != 0) return errno;
  g_silent_stream = silent.release();
  g_silent_stream_peer = peer.release();
  return 0;
}

// Listens, and nobody can connect: the filter drops even the first packet. (A Unix socket could be reached by its name,
// and one without a name cannot listen.) Bound to the loopback where there is one.
int MakeSilentListener() {
  if (g_silent_listener >= 0) return 0;
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  if (const int error = DropEverything(fd.get())) return error;
  sockaddr_in loopback = {};
  loopback.sin_family = AF_INET;
  loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)bind(fd.get(), reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback);
  if (listen(fd.get(), 0) != 0) return errno;
  g_silent_listener = fd.release();
  return 0;
}

int ReplaceStream(int fd) {
  // The rest of the poll batch in whose callback fork() was called is still dispatched in the child, and accept(2) must
  // then say EAGAIN.
  const bool listening = IsListening(fd);
  if (const int error = listening ? MakeSilentListener() : MakeSilentStream()) return error;
  return DuplicateOnto(listening ? g_silent_listener : g_silent_stream, fd);
}

int ReplaceDatagrams(int fd) {
  if (const int error = MakeSilentDatagrams()) return error;
  return DuplicateOnto(g_silent_datagrams, fd);
}

struct Walk {
  const Severed& what;
  int error;
};

bool Contains(const std::vector<int>& fds, int fd) { return std::find(fds.begin(), fds.end(), fd) != fds.end(); }

bool IsStandardStream(const uv_handle_t* handle, int fd, const Severed& what) {
  // libuv opens a terminal anew, so that a handle of the descriptors 0 to 2 has another number.
  if (handle->type == UV_TTY) return true;
  if (fd > STDERR_FILENO || IsListening(fd)) return false;
  return !Contains(what.connections, fd);
}

void SeverStream(uv_handle_t* handle, int fd, Walk* walk) {
  auto* stream = reinterpret_cast<uv_stream_t*>(handle);
  if (IsStandardStream(handle, fd, walk->what)) {
    if ((fd == STDIN_FILENO || handle->type == UV_TTY) && uv_is_active(handle) && uv_is_readable(stream)) {
      uv_read_stop(stream);
      g_stopped_stdin = true;
    }
    // What the parent has still to write there (a pipe that is full) is the parent's.
    if (ForgetRequests(stream, walk->what.batches)) g_forgot_output = true;
    return;
  }
  ForgetRequests(stream, walk->what.batches);
  walk->error = ReplaceStream(fd);
  uv_unref(handle);
}

// What stays the parent's only, however much the child inherits: the parent's children, and the files of its sockets.
void GiveUp(uv_handle_t* handle) {
  if (handle->type == UV_PROCESS) {
    ForgetProcess(reinterpret_cast<uv_process_t*>(handle));
    uv_unref(handle);
  }
  if (handle->type == UV_NAMED_PIPE) ForgetName(reinterpret_cast<uv_pipe_t*>(handle));
}

// The parent has closed it, and is told on this turn of the loop.
void ForgetClosing(uv_handle_t* handle, const Batches& batches) {
  if (uv_stream_t* stream = AsStream(handle)) ForgetRequests(stream, batches);
  if (handle->type == UV_UDP) ForgetRequests(reinterpret_cast<uv_udp_t*>(handle));
  ForgetCloseCallback(handle);
}

void StopFilePoll(uv_fs_poll_t* poll) {
  char path[PATH_MAX];
  size_t length = sizeof path;
  if (uv_fs_poll_getpath(poll, path, &length) == 0) g_file_polls.emplace_back(path, length);
  uv_fs_poll_stop(poll);
}

void SeverHandle(uv_handle_t* handle, void* data) {
  auto* walk = static_cast<Walk*>(data);
  if (walk->error != 0) return;
  GiveUp(handle);
  if (uv_is_closing(handle)) return ForgetClosing(handle, walk->what.batches);
  int fd = -1;
  // Not open yet, or not a handle of a descriptor at all.
  if (uv_fileno(handle, &fd) != 0) fd = -1;
  if (fd >= 0 && Contains(walk->what.keep, fd)) return;
  switch (handle->type) {
    case UV_TCP:
    case UV_NAMED_PIPE:
    case UV_TTY:
      if (fd >= 0) SeverStream(handle, fd, walk);
      break;
    case UV_UDP:
      ForgetRequests(reinterpret_cast<uv_udp_t*>(handle));
      if (fd >= 0) walk->error = ReplaceDatagrams(fd);
      uv_unref(handle);
      break;
    case UV_POLL:
      if (fd > STDERR_FILENO) walk->error = ReplaceDatagrams(fd);
      uv_unref(handle);
      break;
    case UV_FS_EVENT:
      // Removes its watch from the empty instance that SeverInChild has put there, in vain.
      uv_fs_event_stop(reinterpret_cast<uv_fs_event_t*>(handle));
      break;
    case UV_FS_POLL: StopFilePoll(reinterpret_cast<uv_fs_poll_t*>(handle)); break;
    case UV_ASYNC:
      // Those of Node's own infrastructure are not counted anyway; the others wait for threads that did not come along.
      ForgetSent(reinterpret_cast<uv_async_t*>(handle));
      uv_unref(handle);
      break;
    default:
      // Timers, idle, check and prepare handles are Node's and V8's own machinery; signals are inherited, processes
      // given up.
      break;
  }
}

// Or the rest of the poll batch in whose callback fork() was called would call the parent's.
void StopPoll(uv_handle_t* handle, void* data) {
  const auto& keep = *static_cast<const std::vector<int>*>(data);
  int fd = -1;
  if (handle->type != UV_POLL || uv_is_closing(handle) || uv_fileno(handle, &fd) != 0) return;
  if (Contains(keep, fd)) return;
  uv_poll_stop(reinterpret_cast<uv_poll_t*>(handle));
}

void SetAside(uv_handle_t* handle, void*) {
  GiveUp(handle);
  if (handle->type != UV_FS_EVENT || !uv_is_active(handle)) return;
  auto* watcher = reinterpret_cast<uv_fs_event_t*>(handle);
  g_watches.push_back({watcher, watcher->path});
  uv_fs_event_stop(watcher);
}

// What is left in libuv's tree of watches is the one in whose callback fork() was called, if it was. uv_loop_fork()
// would free it, and uv__inotify_read() (src/unix/linux.c) goes on to use it.
void HideBusyWatch(uv_loop_t* loop) { g_busy_watchers = ExchangeWatches(loop, nullptr); }

// The watches of the parent must not be taken from its inotify instance, which the child still shares.
int ForgetInotify(uv_loop_t* loop) {
  g_had_inotify = InotifyOf(loop) >= 0;
  if (!g_had_inotify) return 0;
  Fd empty(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  return empty ? DuplicateOnto(empty.get(), InotifyOf(loop)) : errno;
}

}  // namespace

int SilenceInChild(int fd) { return ReplaceStream(fd); }

int SeverInChild(uv_loop_t* loop, const Severed& what) {
  g_stopped_stdin = false;
  g_forgot_output = false;
  g_file_polls.clear();
  if (const int error = ForgetInotify(loop)) return error;
  Walk walk = {what, 0};
  ForgetProcesses(loop);  // saves a waitpid() for each (ECHILD) whenever a child of the child ends
  uv_walk(loop, SeverHandle, &walk);
  HideBusyWatch(loop);
  return walk.error;
}

void StopPollsInChild(uv_loop_t* loop, const std::vector<int>& keep) {
  uv_walk(loop, StopPoll, const_cast<std::vector<int>*>(&keep));
}

int SetWatchesAsideInChild(uv_loop_t* loop) {
  if (const int error = ForgetInotify(loop)) return error;
  ForgetProcesses(loop);
  uv_walk(loop, SetAside, nullptr);
  HideBusyWatch(loop);
  return 0;
}

int RenewWatchesInChild(uv_loop_t* loop) {
  (void)ExchangeWatches(loop, std::exchange(g_busy_watchers, nullptr));
  for (const Watch& watch : std::exchange(g_watches, {})) {
    // What the parent watched may be gone by now: nothing more would come from it.
    (void)uv_fs_event_start(watch.handle, watch.handle->cb, watch.path.c_str(), 0);
  }
  if (!g_had_inotify || InotifyOf(loop) >= 0) return 0;
  auto* watcher = new uv_fs_event_t;
  uv_fs_event_init(loop, watcher);
  const int error = uv_fs_event_start(
      watcher, [](uv_fs_event_t*, const char*, int, int) {}, "/", 0);
  uv_close(reinterpret_cast<uv_handle_t*>(watcher),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_fs_event_t*>(handle); });
  return -error;
}

bool StoppedReadingStdin() { return g_stopped_stdin; }

const std::vector<std::string>& StoppedFilePolls() { return g_file_polls; }

bool ForgotOutput() { return g_forgot_output; }

}  // namespace posix_fork
