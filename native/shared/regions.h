// Which addresses are those of sharedMemory(), and what lies beside each of them?
//
// Beside every 64 bytes lies a line that JavaScript cannot come to, shared just as they are: a lock, and what waits for
// their words. A stray write to the memory spoils a program's data, but neither a mutex nor the C library's list of
// those that a thread holds.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace posix_fork {

constexpr size_t kLineBytes = 64;

/// As mapped: zeros.
struct alignas(2 * kLineBytes) Line {
  pthread_mutex_t lock;
  std::atomic<uint32_t> owner;         // the tid of who has the lock: tells a thread that it has it itself
  std::atomic<uint32_t> releases;      // of the lock
  std::atomic<uint32_t> waiting;       // for the lock; too many, where one of them was killed
  std::atomic<uint32_t> notified[16];  // one for each of the 16 words: how often
};
static_assert(sizeof(Line) == 2 * kLineBytes, "a mutex has 40 or 48 bytes");
static_assert(std::atomic<uint32_t>::is_always_lock_free, "so that processes can share it");

struct Place {
  uintptr_t region;  // where the memory begins
  Line* line;
  size_t word;  // of the line
};

/// At load: what happens to the list of regions around a fork(2). Returns 0 or an errno.
int RegisterRegions();

/// Maps memory and its lines. Returns MAP_FAILED with errno.
void* MapRegion(size_t size);

/// A ReleaseMemory. Other processes keep theirs.
void UnmapRegion(void* memory, size_t size, void* data);

/// Nothing, where the address is none of a region's.
std::optional<Place> FindPlace(const void* address);

/// Adds to how many locks of the region this process's threads have. While they have any it stays mapped, whatever
/// becomes of the SharedArrayBuffer: the C library's list of a thread's locks goes through its lines.
void CountHeldLocks(uintptr_t region, int change);

}  // namespace posix_fork
