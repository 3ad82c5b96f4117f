// How does one thread of all processes have something to itself, and what if it dies meanwhile?
//
// By a robust, process-shared pthread mutex: the kernel marks what a thread had locked when it ends, however it ends,
// and the C library has the one list a thread by which it knows (get_robust_list(2)): a futex of our own could not be
// on it. Nobody waits in the mutex, though: pthread_mutex_timedlock goes by CLOCK_REALTIME, its other form is glibc's
// since 2.30 alone, and neither can be interrupted. Who finds it locked waits for the count of releases.
#pragma once

#include <napi.h>

namespace posix_fork {

/// isSharedMemory(bytes): boolean
Napi::Value IsSharedMemory(const Napi::CallbackInfo& info);
/// acquireLock(bytes, offset, timeout, noop): 0 'acquired', 1 'abandoned', 2 'timed-out'
Napi::Value AcquireLock(const Napi::CallbackInfo& info);
/// releaseLock(bytes, offset): false if this thread does not have it
Napi::Value ReleaseLock(const Napi::CallbackInfo& info);

}  // namespace posix_fork
