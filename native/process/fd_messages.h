// How do bytes and descriptors pass through a Unix socket, without a copy of the bytes and without a wait?
//
// sendmsg(2) takes what lies in many places; SCM_RIGHTS of unix(7) makes descriptors of this process the other's, too.
#pragma once

#include <napi.h>

namespace posix_fork {

/// sendParts(fd, parts: Uint8Array[], skip, fds: number[]): number. Sends as much of the parts as the socket takes now,
/// without the first `skip` bytes, and `fds` with it: the number of bytes; 0 if there is no room, -1 if the other end
/// is gone. Whatever it is, no SIGPIPE.
Napi::Value SendParts(const Napi::CallbackInfo& info);

/// receiveInto(fd, buffer: Uint8Array, offset, fds: number[]): number. Fills the buffer from `offset` on with what is
/// there, and appends the descriptors that came with it, close-on-exec: the number of bytes; 0 if no more will come, -1
/// if nothing is there yet.
Napi::Value ReceiveInto(const Napi::CallbackInfo& info);

/// sendFds(fd, bytes: Uint8Array, fds: number[]): number. The call itself: how many bytes went, all descriptors with
/// the first; it waits where `fd` does. No SIGPIPE. ENOTSUP: not a Unix socket.
Napi::Value SendFds(const Napi::CallbackInfo& info);

/// receiveFds(fd, buffer: Uint8Array, fds: number[]): [bytes: number, truncated: boolean]. The call itself; appends the
/// descriptors, close-on-exec. EMFILE: there was no number for one of them, and all are closed.
Napi::Value ReceiveFds(const Napi::CallbackInfo& info);

/// waitForFd(fd, read, write: boolean, timeout): boolean. Blocks this thread until there is something to read, or room
/// to write, the other end is gone, or `timeout` ms are over, which is false; -1: no limit.
Napi::Value WaitForFd(const Napi::CallbackInfo& info);

/// clearSocketError(fd): void. Or poll(2) would tell of it for ever.
Napi::Value ClearSocketError(const Napi::CallbackInfo& info);

}  // namespace posix_fork
