#include "node/uv_signals.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "sys/fd.h"

namespace posix_fork {

namespace {

// As in src/unix/signal.c.
struct Message {
  uv_signal_t* handle;
  int signum;
};

// Whose callback SkipParents stands in for, in this process and in what it was forked from.
struct Skipped {
  uv_signal_t* handle;
  uv_signal_cb callback;
  unsigned of_the_parent;
};
std::vector<Skipped>& AllSkipped() {
  static auto* skipped = new std::vector<Skipped>();  // no destructor: signals come to the process's end
  return *skipped;
}

Skipped* Find(const uv_signal_t* handle) {
  for (Skipped& each : AllSkipped()) {
    if (each.handle == handle) return &each;
  }
  return nullptr;
}

// libuv counts after the call. The parent's come first; the child's own are passed on.
void SkipParents(uv_signal_t* handle, int signum) {
  const Skipped* skipped = Find(handle);
  if (handle->dispatched_signals >= skipped->of_the_parent) skipped->callback(handle, signum);
}

// uv_walk() leaves libuv's own out, of which there is one: for SIGCHLD.
template <typename Visit>
void ForEachSignal(uv_loop_t* loop, Visit visit) {
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* data) {
        if (handle->type == UV_SIGNAL) (*static_cast<Visit*>(data))(reinterpret_cast<uv_signal_t*>(handle));
      },
      &visit);
  if (loop->child_watcher.type == UV_SIGNAL) visit(&loop->child_watcher);
}

// What is in the pipe, which stays there for the parent. False if it is not made of messages.
bool Peek(uv_loop_t* loop, std::vector<Message>* found) {
  constexpr size_t kAtMost = 65536;  // as much as a pipe holds
  std::vector<Message>& messages = *found;
  int ends[2];
  if (loop->signal_pipefd[0] < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return true;
  const Fd from(ends[0]), to(ends[1]);
  const ssize_t size = tee(loop->signal_pipefd[0], to.get(), kAtMost, SPLICE_F_NONBLOCK);
  if (size <= 0) return true;
  if (static_cast<size_t>(size) % sizeof(Message) != 0) return false;
  messages.resize(static_cast<size_t>(size) / sizeof(Message));
  const ssize_t got = read(from.get(), messages.data(), messages.size() * sizeof(Message));
  messages.resize(got < 0 ? 0 : static_cast<size_t>(got) / sizeof(Message));
  // None of its handles is closed before the message is read.
  std::vector<uv_signal_t*> handles;
  ForEachSignal(loop, [&](uv_signal_t* handle) { handles.push_back(handle); });
  return std::all_of(messages.begin(), messages.end(), [&](const Message& message) {
    return message.signum > 0 && message.signum < NSIG &&
           std::find(handles.begin(), handles.end(), message.handle) != handles.end();
  });
}

}  // namespace

bool PendingSignals::Count(uv_loop_t* loop) {
  ForEachSignal(loop, [this](uv_signal_t* handle) {
    const unsigned pending = handle->caught_signals - handle->dispatched_signals;
    if (pending != 0) pending_.push_back({handle, pending});
  });
  if (pending_.empty()) return true;
  std::vector<Message> messages;
  if (!Peek(loop, &messages)) return false;
  for (const Message& message : messages) {
    const auto found = std::find_if(pending_.begin(), pending_.end(),
                                    [&](const Pending& pending) { return pending.handle == message.handle; });
    if (found != pending_.end() && found->on_stack > 0) found->on_stack--;
  }
  for (const Pending& pending : pending_) {
    if (Find(pending.handle) == nullptr) AllSkipped().push_back({pending.handle, nullptr, 0});
  }
  return true;
}

void PendingSignals::ForgetInChild(uv_loop_t* loop) const {
  ForEachSignal(loop, [](uv_signal_t* handle) { handle->caught_signals = handle->dispatched_signals = 0; });
  for (const Pending& pending : pending_) {
    Skipped* skipped = Find(pending.handle);
    pending.handle->caught_signals = pending.on_stack;
    skipped->of_the_parent = pending.on_stack;
    if (pending.handle->signal_cb == SkipParents) continue;
    skipped->callback = pending.handle->signal_cb;
    pending.handle->signal_cb = SkipParents;
  }
}

}  // namespace posix_fork
