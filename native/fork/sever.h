// Step 5a (child): whose sockets, servers and watchers are these?
//
// Only the calling stack survives a fork: what the parent's loop was waiting for stays the parent's alone. The handles
// remain valid objects of libuv and of Node, but behind them there is nothing any more: no data comes, what is written
// is refused (a stream) or gets lost (a datagram), and nothing of the parent's is held open.
#pragma once

#include <uv.h>

#include <string>
#include <vector>

#include "node/uv_batches.h"

namespace posix_fork {

/// What is not left as it is.
struct Severed {
  const std::vector<int>& keep;
  /// Of the descriptors 0 to 2, connections that are none of the standard streams (standard_streams.h).
  const std::vector<int>& connections;
  const Batches& batches;
};

/// Child only, before RenewLoopInChild: the loop still has the parent's epoll set and inotify instance. Replaces the
/// descriptors of all handles but those in `keep` and the standard streams, takes their pending requests away, stops
/// watchers and lets no handle keep the loop alive. May call libuv and allocate; must not call anything of libuv's that
/// changes the epoll set, nor run JavaScript. Returns 0 or an errno.
int SeverInChild(uv_loop_t* loop, const Severed& what);

/// Child only: replaces this socket by one through which nothing comes, and to which nothing can connect. Calls the
/// kernel only. Returns 0 or an errno.
int SilenceInChild(int fd);

/// Child only, after RenewLoopInChild, since it changes the epoll set: stops the polls that are not in `keep`.
/// Calls libuv on this loop; allocates nothing, runs no callback.
void StopPollsInChild(uv_loop_t* loop, const std::vector<int>& keep);

/// The same as SeverInChild for a child that inherits everything: stops its watches, which uv_loop_fork() cannot renew
/// in the callback of one, nor where what is watched is gone. May call what SeverInChild may.
int SetWatchesAsideInChild(uv_loop_t* loop);

/// Child only, after RenewLoopInChild: starts what SetWatchesAsideInChild has stopped. And if fork() was called from a
/// watcher's callback, libuv goes on to read from an inotify descriptor, so there has to be one. Calls
/// libuv on this loop and allocates; runs no callback. Returns 0 or an errno.
int RenewWatchesInChild(uv_loop_t* loop);

/// True if SeverInChild of this process stopped the parent's reading of stdin.
bool StoppedReadingStdin();

/// The files that the parent looked at time and again (uv_fs_poll_t), and SeverInChild of this process has stopped.
const std::vector<std::string>& StoppedFilePolls();

/// True if SeverInChild of this process took away what the parent had still to write to descriptor 0, 1 or 2.
bool ForgotOutput();

}  // namespace posix_fork
