#include "fork/sever.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "sys/fd.h"

namespace posix_fork {

namespace {

// What takes the place of the parent's descriptors. Made when a handle first needs it, and never closed: the
// descendants of this process inherit it, and nothing ever passes through it.
int g_silent = -1;
int g_silent_peer = -1;
int g_silent_listener = -1;

struct Watch {
  uv_fs_event_t* handle;
  std::string path;
};

bool g_had_inotify = false;
void* g_busy_watchers = nullptr;
std::vector<Watch> g_watches;
bool g_stopped_stdin = false;
bool g_forgot_output = false;
bool g_forgot_requests = false;

// The list that libuv's queues are (uv.h has it as `void* [2]` or `struct uv__queue`, as the version goes).
struct Queue {
  Queue* next;
  Queue* prev;
};

template <typename T>
Queue* AsQueue(T* queue) {
  static_assert(sizeof(T) == sizeof(Queue), "libuv's queues are two pointers");
  return reinterpret_cast<Queue*>(queue);
}

// Leaves the queue empty, and each of its requests alone. Returns how many there were.
unsigned Forget(Queue* queue) {
  unsigned count = 0;
  while (queue->next != queue) {
    Queue* entry = queue->next;
    queue->next = entry->next;
    entry->next->prev = queue;
    entry->next = entry->prev = entry;
    count++;
  }
  return count;
}

int DropEverything(int fd) {
  sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program = {1, &drop};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ? 0 : errno;
}

// One end of a datagram pair whose other end drops everything: it is never readable, always writable, never hung up
// (unix_dgram_sendmsg() in net/unix/af_unix.c of Linux takes what the filter refuses for sent). A stream pair would
// fill up, and the child's own writes would keep it alive for ever.
int MakeSilent() {
  if (g_silent >= 0) return 0;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  Fd silent(ends[0]), peer(ends[1]);
  if (const int error = DropEverything(peer.get())) return error;
  g_silent = silent.release();
  g_silent_peer = peer.release();
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

bool IsListening(int fd) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

int Duplicate(int from, int to) {
  int result;
  do {
    result = dup3(from, to, O_CLOEXEC);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? errno : 0;
}

int Replace(int fd) {
  // The rest of the poll batch in whose callback fork() was called is still dispatched in the child, and accept(2) must
  // then say EAGAIN.
  const bool listening = IsListening(fd);
  if (const int error = listening ? MakeSilentListener() : MakeSilent()) return error;
  return Duplicate(listening ? g_silent_listener : g_silent, fd);
}

// Their callbacks are the parent's, and a request that never ends would keep the child's loop alive. True if there were
// any.
bool ForgetRequests(uv_stream_t* stream) {
  unsigned count = Forget(AsQueue(&stream->write_queue)) + Forget(AsQueue(&stream->write_completed_queue));
  stream->write_queue_size = 0;
  if (stream->connect_req != nullptr) count++;
  stream->connect_req = nullptr;
  if (stream->shutdown_req != nullptr) count++;
  stream->shutdown_req = nullptr;
  stream->loop->active_reqs.count -= count;
  g_forgot_requests |= count > 0;
  return count > 0;
}

void ForgetRequests(uv_udp_t* udp) {
  const unsigned count = Forget(AsQueue(&udp->write_queue)) + Forget(AsQueue(&udp->write_completed_queue));
  udp->send_queue_size = 0;
  udp->send_queue_count = 0;
  udp->loop->active_reqs.count -= count;
  g_forgot_requests |= count > 0;
}

struct Walk {
  const std::vector<int>& keep;
  int error;
};

void SeverStream(uv_handle_t* handle, int fd, Walk* walk) {
  auto* stream = reinterpret_cast<uv_stream_t*>(handle);
  // libuv opens a terminal anew, so that a handle of the descriptors 0 to 2 has another number.
  const bool stdio = fd <= STDERR_FILENO || handle->type == UV_TTY;
  if (stdio && !IsListening(fd)) {
    if ((fd == STDIN_FILENO || handle->type == UV_TTY) && uv_is_active(handle) && uv_is_readable(stream)) {
      uv_read_stop(stream);
      g_stopped_stdin = true;
    }
    // What the parent has still to write there (a pipe that is full) is the parent's.
    if (ForgetRequests(stream)) g_forgot_output = true;
    return;
  }
  ForgetRequests(stream);
  walk->error = Replace(fd);
  uv_unref(handle);
}

void SeverHandle(uv_handle_t* handle, void* data) {
  auto* walk = static_cast<Walk*>(data);
  if (walk->error != 0 || uv_is_closing(handle)) return;
  int fd = -1;
  // Not open yet, or not a handle of a descriptor at all.
  if (uv_fileno(handle, &fd) != 0) fd = -1;
  if (fd >= 0 && std::find(walk->keep.begin(), walk->keep.end(), fd) != walk->keep.end()) return;
  switch (handle->type) {
    case UV_TCP:
    case UV_NAMED_PIPE:
    case UV_TTY:
      if (fd >= 0) SeverStream(handle, fd, walk);
      break;
    case UV_UDP:
      ForgetRequests(reinterpret_cast<uv_udp_t*>(handle));
      if (fd > STDERR_FILENO) walk->error = Replace(fd);
      uv_unref(handle);
      break;
    case UV_POLL:
      if (fd > STDERR_FILENO) walk->error = Replace(fd);
      uv_unref(handle);
      break;
    case UV_FS_EVENT:
      // Removes its watch from the empty instance that SeverInChild has put there, in vain.
      uv_fs_event_stop(reinterpret_cast<uv_fs_event_t*>(handle));
      break;
    case UV_FS_POLL: uv_fs_poll_stop(reinterpret_cast<uv_fs_poll_t*>(handle)); break;
    case UV_PROCESS:
      // Or the loop would wait for it whenever a child of the child ends.
      Forget(AsQueue(&reinterpret_cast<uv_process_t*>(handle)->queue));
      uv_unref(handle);
      break;
    case UV_ASYNC:
      // Those of Node's own infrastructure are not counted anyway; the others wait for threads that did not come along.
      uv_unref(handle);
      break;
    default:
      // Timers, idle, check and prepare handles are Node's and V8's own machinery; signals are inherited.
      break;
  }
}

void SetAside(uv_handle_t* handle, void*) {
  if (handle->type != UV_FS_EVENT || !uv_is_active(handle)) return;
  auto* watcher = reinterpret_cast<uv_fs_event_t*>(handle);
  g_watches.push_back({watcher, watcher->path});
  uv_fs_event_stop(watcher);
}

// What is left in libuv's tree of watches is the one in whose callback fork() was called, if it was. uv_loop_fork()
// would free it, and uv__inotify_read() (src/unix/linux.c) goes on to use it.
void HideBusyWatch(uv_loop_t* loop) { g_busy_watchers = std::exchange(loop->inotify_watchers, nullptr); }

// The watches of the parent must not be taken from its inotify instance, which the child still shares.
int LeaveInotify(uv_loop_t* loop) {
  g_had_inotify = loop->inotify_fd >= 0;
  if (!g_had_inotify) return 0;
  Fd empty(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  return empty ? Duplicate(empty.get(), loop->inotify_fd) : errno;
}

}  // namespace

int SeverInChild(uv_loop_t* loop, const std::vector<int>& keep) {
  g_stopped_stdin = false;
  g_forgot_output = false;
  if (const int error = LeaveInotify(loop)) return error;
  Walk walk = {keep, 0};
  uv_walk(loop, SeverHandle, &walk);
  HideBusyWatch(loop);
  return walk.error;
}

int SetWatchesAsideInChild(uv_loop_t* loop) {
  if (const int error = LeaveInotify(loop)) return error;
  uv_walk(loop, SetAside, nullptr);
  HideBusyWatch(loop);
  return 0;
}

int RenewWatchesInChild(uv_loop_t* loop) {
  loop->inotify_watchers = std::exchange(g_busy_watchers, nullptr);
  for (const Watch& watch : std::exchange(g_watches, {})) {
    // What the parent watched may be gone by now: nothing more would come from it.
    (void)uv_fs_event_start(watch.handle, watch.handle->cb, watch.path.c_str(), 0);
  }
  if (!g_had_inotify || loop->inotify_fd >= 0) return 0;
  auto* watcher = new uv_fs_event_t;
  uv_fs_event_init(loop, watcher);
  const int error = uv_fs_event_start(
      watcher, [](uv_fs_event_t*, const char*, int, int) {}, "/", 0);
  uv_close(reinterpret_cast<uv_handle_t*>(watcher),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_fs_event_t*>(handle); });
  return -error;
}

bool ForgotRequests() { return g_forgot_requests; }

bool StoppedReadingStdin() { return g_stopped_stdin; }

bool ForgotOutput() { return g_forgot_output; }

}  // namespace posix_fork
