// How does a thread wait for a change of shared memory that another process makes? As Atomics.wait and Atomics.notify,
// across processes.
//
// A thread waits for the count of notifications that lies beside its word, not for the word: so both halves of a 64-bit
// one count, and no notification is lost between two slices of a wait.
#pragma once

#include <napi.h>

namespace posix_fork {

/// atomicWait(array, index, value, timeout, noop): 0 'ok', 1 'not-equal', 2 'timed-out'; null: not in shared memory
Napi::Value AtomicWait(const Napi::CallbackInfo& info);
/// atomicNotify(array, index, count): number; null: not in shared memory
Napi::Value AtomicNotify(const Napi::CallbackInfo& info);

}  // namespace posix_fork
