// What does libuv keep in its handles and loops that it has no function for?
//
// Fields of uv.h that are marked as private: the ABI of libuv 1.x fixes where they are, ./uv_version.h looks whether it
// does. A child may call all of these: they read and write memory, and call what is said of them.
#pragma once

#include <uv.h>

#include <functional>

#include "node/uv_batches.h"

namespace posix_fork {

/// Requests that the loop itself serves, without the pool.
unsigned CountRequests(const uv_stream_t* stream);
unsigned CountRequests(const uv_udp_t* udp);

/// Requests are taken from the handle, and their callbacks never come: one that never ended would keep the loop alive.
/// What libuv has on its stack belongs to them, too. True if there were any.
bool ForgetRequests(uv_stream_t* stream, const Batches& batches);
void ForgetRequests(uv_udp_t* udp);
/// The same for writes alone, of which none is on libuv's stack.
void ForgetWrites(uv_stream_t* stream);

/// Calls `visit` with what the stream has still to write, in order, until it says false.
void ForEachUnwritten(const uv_stream_t* stream, const std::function<bool(const uv_buf_t&)>& visit);

/// The stream's descriptor leaves the loop, at once in the kernel, too (as uv__io_stop() in src/unix/core.c). If there
/// is something left to write, its callback is called on the next turn (as by uv__io_feed()). Calls epoll_ctl(2).
void StopWatching(uv_loop_t* loop, uv_stream_t* stream);

/// As a server's handle is closed, uv__pipe_close() (src/unix/pipe.c) unlinks the socket's file. It will not, and the
/// few bytes of the name are lost.
void ForgetName(uv_pipe_t* pipe);

/// uv_kill() of it fails with ESRCH, and its end is not told. uv__chld() (src/unix/process.c) may have it on a list on
/// its stack: it calls nothing where there is no callback.
void ForgetProcess(uv_process_t* process);

/// Whether the loop waits for the end of a process.
bool HasProcesses(uv_loop_t* loop);

/// The loop waits for none of its processes. Those that are on a list on uv__chld()'s stack stay there: it walks that
/// list to its end.
void ForgetProcesses(uv_loop_t* loop);

/// That a handle which is being closed is closed is not told: uv__finish_close() (src/unix/core.c) calls nothing where
/// there is no callback.
void ForgetCloseCallback(uv_handle_t* handle);

/// As if it had not been sent: a handle that is on the list of the batch in which fork() was called (uv__async_io in
/// src/unix/async.c) is not seen by uv_loop_fork(), and would be called.
void ForgetSent(uv_async_t* async);

/// Sends each handle of the loop that has this callback. Returns 0 or libuv's error.
int SendAll(uv_loop_t* loop, void (*callback)(void* handle));

/// The loop's inotify instance; -1 if it has none.
int InotifyOf(const uv_loop_t* loop);

/// The loop's tree of watches, which has `watches` instead from now on.
void* ExchangeWatches(uv_loop_t* loop, void* watches);

}  // namespace posix_fork
