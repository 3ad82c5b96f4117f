#include "shared/regions.h"

#include <sys/mman.h>

#include <cerrno>
#include <map>
#include <mutex>

#include "sys/renewable_mutex.h"

namespace posix_fork {

namespace {

struct Region {
  size_t size;
  char* lines;
  int held = 0;             // by threads of this process
  uint64_t generation = 0;  // of the process that counted them
};

RenewableMutex g_mutex;
uint64_t g_generation = 1;  // one more in each child: what its parent's threads hold, its own do not

// Never destroyed: V8 may let memory go while the process ends.
std::map<uintptr_t, Region>& Regions() {
  static auto* regions = new std::map<uintptr_t, Region>;
  return *regions;
}

size_t SizeOfLines(size_t size) { return (size + kLineBytes - 1) / kLineBytes * sizeof(Line); }

void* MapShared(size_t size, int flags) {
  return mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | flags, -1, 0);
}

// The thread that forks has it, so that the child's list is whole: a V8 worker may be letting memory go.
void Prepare() { g_mutex.get().lock(); }

void InParent() { g_mutex.get().unlock(); }

// No lock and no malloc.
void InChild() {
  g_mutex.Renew();
  g_generation++;
}

}  // namespace

int RegisterRegions() {
  static const int error = pthread_atfork(Prepare, InParent, InChild);
  return error;
}

void* MapRegion(size_t size) {
  void* memory = MapShared(size, 0);
  if (memory == MAP_FAILED) return MAP_FAILED;
  // None of these pages exists until something waits, so the kernel need not reserve memory for them.
  void* lines = MapShared(SizeOfLines(size), MAP_NORESERVE);
  if (lines == MAP_FAILED) {
    munmap(memory, size);
    errno = ENOMEM;
    return MAP_FAILED;
  }
  const std::lock_guard<std::mutex> lock(g_mutex.get());
  Regions()[reinterpret_cast<uintptr_t>(memory)] = {size, static_cast<char*>(lines)};
  return memory;
}

void UnmapRegion(void* memory, size_t size, void*) {
  char* lines;
  {
    const std::lock_guard<std::mutex> lock(g_mutex.get());
    const auto found = Regions().find(reinterpret_cast<uintptr_t>(memory));
    // Nobody can release that lock any more, so it stays until the process or its thread ends.
    if (found->second.held > 0 && found->second.generation == g_generation) return;
    lines = found->second.lines;
    Regions().erase(found);
  }
  munmap(lines, SizeOfLines(size));
  munmap(memory, size);
}

std::optional<Place> FindPlace(const void* address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  const std::lock_guard<std::mutex> lock(g_mutex.get());
  auto next = Regions().upper_bound(at);
  if (next == Regions().begin()) return {};
  const auto& [begin, region] = *--next;
  const size_t offset = at - begin;
  if (offset >= region.size) return {};
  auto* line = reinterpret_cast<Line*>(region.lines + offset / kLineBytes * sizeof(Line));
  return Place{begin, line, offset % kLineBytes / sizeof(uint32_t)};
}

void CountHeldLocks(uintptr_t region, int change) {
  const std::lock_guard<std::mutex> lock(g_mutex.get());
  Region& counted = Regions()[region];
  if (counted.generation != g_generation) counted.held = 0;
  counted.generation = g_generation;
  counted.held += change;
}

}  // namespace posix_fork
