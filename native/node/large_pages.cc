#include "node/large_pages.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "node/heap_pages.h"
#include "sys/imports.h"

namespace posix_fork {

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kUnit = kHeapPage;
constexpr size_t kPagesPerUnit = kUnit / kPage;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kUnitsPerHugePage = kHugePage / kUnit;
static_assert(kPagesPerUnit == 64, "one bit of a word for each page of a unit");

// Of addresses only: memory is used when it is written.
constexpr size_t kLeastArena = size_t{4} << 30;
constexpr size_t kLargestArena = size_t{64} << 30;

// Node 20 and 22 ask for the heap as for a reserve of addresses, and make it writable afterwards. What is larger is one
// that stays one for most of its part: code's range, a WebAssembly.Memory with what guards it.
constexpr size_t kLargestReserve = size_t{64} << 20;
constexpr size_t kLargestObject = size_t{1} << 30;

// V8 asks for more than it needs, in order to get it aligned, and gives the rest back at once (OS::Allocate,
// src/base/platform/platform-posix.cc).
constexpr size_t kForAlignment = kUnit - kPage;

constexpr int kWritable = PROT_READ | PROT_WRITE;
constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;

Import g_mmap = {"mmap", {}, 0};
Import g_mmap64 = {"mmap64", {}, 0};
Import g_munmap = {"munmap", {}, 0};

// Held over every fork of this process (pthread_atfork): a child may need it at once. System calls are all that is done
// under it.
std::mutex g_mutex;
Range g_arena = {0, 0};
std::atomic<bool> g_in_use{false};
// For each unit, which of its pages are mapped, as far as V8 knows.
uint64_t* g_mapped = nullptr;
size_t g_units = 0;
size_t g_lowest_free = 0;  // no unit below is free
size_t g_pages_in_use = 0;

// What this thread was given last, until it asks for something else: its end is unused yet.
thread_local Range t_latest = {0, 0};

uintptr_t AddressOf(size_t unit) { return g_arena.begin + unit * kUnit; }
void* Pointer(uintptr_t address) { return reinterpret_cast<void*>(address); }

// Which bits of a unit's word stand for the part of a range that lies in it?
uint64_t PagesOf(size_t unit, const Range& range) {
  const uintptr_t begin = std::max(range.begin, AddressOf(unit));
  const uintptr_t end = std::min(range.end, AddressOf(unit + 1));
  const size_t first = (begin - AddressOf(unit)) / kPage;
  const size_t count = (end - begin) / kPage;
  return (count == kPagesPerUnit ? ~uint64_t{0} : (uint64_t{1} << count) - 1) << first;
}

// The compiler's own would be one more function of libgcc's to import.
size_t CountBits(uint64_t bits) {
  size_t count = 0;
  for (; bits != 0; bits &= bits - 1) count++;
  return count;
}

size_t UnitAt(uintptr_t address) { return (address - g_arena.begin) / kUnit; }
size_t UnitAfter(const Range& range) { return UnitAt(range.end + kUnit - 1); }

// The lowest run of free units; g_units if there is none.
size_t FindFree(size_t count) {
  size_t run = 0;
  for (size_t unit = g_lowest_free; unit < g_units; unit++) {
    run = g_mapped[unit] == 0 ? run + 1 : 0;
    if (run == count) return unit + 1 - count;
  }
  return g_units;
}

// Memory for V8, or null if there is none left.
void* Take(size_t length) {
  const size_t pages = (length + kPage - 1) / kPage;
  const std::lock_guard<std::mutex> lock(g_mutex);
  const size_t unit = FindFree((pages + kPagesPerUnit - 1) / kPagesPerUnit);
  if (unit == g_units) return nullptr;
  const Range range = {AddressOf(unit), AddressOf(unit) + pages * kPage};
  for (size_t i = unit; i < UnitAfter(range); i++) g_mapped[i] = PagesOf(i, range);
  g_pages_in_use += pages;
  while (g_lowest_free < g_units && g_mapped[g_lowest_free] != 0) g_lowest_free++;
  t_latest = range;
  return Pointer(range.begin);
}

// Memory that nobody has written, as the arena is made of.
bool Renew(const Range& range) {
  const size_t length = range.end - range.begin;
  constexpr int kInPlace = kAnonymous | MAP_NORESERVE | MAP_FIXED;
  if (mmap(Pointer(range.begin), length, kWritable, kInPlace, -1, 0) == MAP_FAILED) return false;
  madvise(Pointer(range.begin), length, MADV_HUGEPAGE);
  madvise(Pointer(range.begin), length, MADV_DONTFORK);
  return true;
}

// Gives the memory itself back to the system. What V8 made of it (unwritable, executable) is undone. The pages of a
// huge page that is used in part are counted out, and free once the kernel has split it.
bool Discard(const Range& range) {
  const size_t length = range.end - range.begin;
  return madvise(Pointer(range.begin), length, MADV_DONTNEED) == 0 &&
         mprotect(Pointer(range.begin), length, kWritable) == 0;
}

// What was split becomes one huge page again only if it is mapped anew.
void RenewHugePages(const Range& range) {
  const size_t first = UnitAt(range.begin) / kUnitsPerHugePage;
  const size_t last = (UnitAfter(range) - 1) / kUnitsPerHugePage;
  for (size_t huge = first; huge <= last; huge++) {
    const uint64_t* units = g_mapped + huge * kUnitsPerHugePage;
    if (std::any_of(units, units + kUnitsPerHugePage, [](uint64_t pages) { return pages != 0; })) continue;
    const uintptr_t begin = g_arena.begin + huge * kHugePage;
    Renew({begin, begin + kHugePage});
  }
}

// The range lies in the arena, as a whole.
void GiveBack(const Range& range) {
  const std::lock_guard<std::mutex> lock(g_mutex);
  const bool is_rest =
      range.end == t_latest.end && range.begin > t_latest.begin && range.end - range.begin == kForAlignment;
  t_latest = {0, 0};
  // What could not be emptied is not given to anybody again.
  if (!is_rest && !Discard(range)) return;
  for (size_t unit = UnitAt(range.begin); unit < UnitAfter(range); unit++) {
    const uint64_t pages = g_mapped[unit] & PagesOf(unit, range);
    g_pages_in_use -= CountBits(pages);
    g_mapped[unit] &= ~pages;
    if (g_mapped[unit] == 0) g_lowest_free = std::min(g_lowest_free, unit);
  }
  if (!is_rest) RenewHugePages(range);
}

// Is this V8, asking for a part of its heap? Nothing else in the node binary asks for an address. V8 asks for other
// memory at an address that is aligned to pages of the system only, and so (but for 1 of 64) not to those of the heap.
bool IsForHeap(uintptr_t hint, size_t length, int protection, int flags, int fd) {
  if (hint == 0 || hint % kUnit != 0 || length < kUnit || length % kPage != 0 || fd != -1) return false;
  if ((flags & kAnonymous) != kAnonymous || (flags & ~(kAnonymous | MAP_NORESERVE)) != 0) return false;
  if (protection == kWritable) return length < kLargestObject;
  return protection == PROT_NONE && length < kLargestReserve;
}

void* MapInArena(void* hint, size_t length, int protection, int flags, int fd, off_t offset) {
  if (IsForHeap(reinterpret_cast<uintptr_t>(hint), length, protection, flags, fd)) {
    if (void* memory = Take(length)) return memory;
  }
  return mmap(hint, length, protection, flags, fd, offset);
}

int UnmapInArena(void* address, size_t length) {
  const auto begin = reinterpret_cast<uintptr_t>(address);
  const uintptr_t end = begin + length;
  if (end <= g_arena.begin || begin >= g_arena.end || begin % kPage != 0 || length == 0 || end < begin) {
    return munmap(address, length);
  }
  const Range inside = {std::max(begin, g_arena.begin), std::min((end + kPage - 1) & ~(kPage - 1), g_arena.end)};
  if (begin < inside.begin && munmap(address, inside.begin - begin) != 0) return -1;
  if (end > inside.end && munmap(Pointer(inside.end), end - inside.end) != 0) return -1;
  GiveBack(inside);
  return 0;
}

bool IsLimited(int resource) {
  rlimit limit;
  return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

// As much as the machine has memory: V8 can never use more.
size_t SizeOfArena() {
  const auto memory = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * kPage;
  return std::clamp(memory, kLeastArena, kLargestArena) & ~(kHugePage - 1);
}

// Maps the arena and its table, or returns an errno and leaves nothing.
int Reserve() {
  const size_t size = SizeOfArena();
  constexpr int kReserve = kAnonymous | MAP_NORESERVE;
  // One huge page more, so that it can begin where one does.
  void* memory = mmap(nullptr, size + kHugePage, kWritable, kReserve, -1, 0);
  if (memory == MAP_FAILED) return errno;
  const auto begin = reinterpret_cast<uintptr_t>(memory);
  Range arena = {(begin + kHugePage - 1) & ~(kHugePage - 1), 0};
  arena.end = arena.begin + size;
  if (arena.begin > begin) munmap(memory, arena.begin - begin);
  if (begin + kHugePage > arena.begin) munmap(Pointer(arena.end), begin + kHugePage - arena.begin);
  int error = madvise(Pointer(arena.begin), size, MADV_HUGEPAGE) == 0 ? 0 : errno;
  if (error == 0 && madvise(Pointer(arena.begin), size, MADV_DONTFORK) != 0) error = errno;
  if (error == 0) {
    memory = mmap(nullptr, size / kUnit * sizeof(uint64_t), kWritable, kReserve, -1, 0);
    if (memory == MAP_FAILED) error = errno;
  }
  if (error != 0) {
    munmap(Pointer(arena.begin), size);
    return error;
  }
  const std::lock_guard<std::mutex> lock(g_mutex);
  g_mapped = static_cast<uint64_t*>(memory);
  g_units = size / kUnit;
  g_arena = arena;
  return 0;
}

// munmap first: what comes from the arena must never be unmapped by the kernel.
int RedirectAll() {
  int error = RedirectImport(g_munmap, reinterpret_cast<uintptr_t>(UnmapInArena));
  for (const Import* import : {&g_mmap, &g_mmap64}) {
    if (error == 0) error = RedirectImport(*import, reinterpret_cast<uintptr_t>(MapInArena));
  }
  return error;
}

bool ImportsAreFound() {
  static const bool found = [] {
    for (Import* import : {&g_mmap, &g_mmap64, &g_munmap}) FindImport(import);
    return g_mmap.count + g_mmap64.count > 0 && g_munmap.count > 0;
  }();
  return found;
}

}  // namespace

std::vector<std::string> WhyNoLargePages() {
  if (UsesLargePages()) return {};
  std::vector<std::string> reasons;
  if (static_cast<size_t>(sysconf(_SC_PAGESIZE)) != kPage)
    reasons.push_back("the pages of this kernel are not of 4 KiB");
  if (!ImportsAreFound()) reasons.push_back("the node binary does not import mmap and munmap dynamically");
  if (!HeapHasKnownPages()) reasons.push_back("the heap of this V8 is not made of pages of 256 KiB");
  const std::string huge_pages = ReadProc("/sys/kernel/mm/transparent_hugepage/enabled");
  if (huge_pages.empty()) reasons.push_back("this kernel has no transparent huge pages");
  if (huge_pages.find("[never]") != std::string::npos)
    reasons.push_back("transparent huge pages are off (/sys/kernel/mm/transparent_hugepage/enabled: never)");
  if (prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1)
    reasons.push_back("transparent huge pages are off for this process (PR_SET_THP_DISABLE)");
  if (ReadProc("/proc/sys/vm/overcommit_memory").substr(0, 1) == "2")
    reasons.push_back("reserved addresses count as memory here (vm.overcommit_memory=2)");
  if (IsLimited(RLIMIT_AS)) reasons.push_back("the address space of this process is limited (RLIMIT_AS, ulimit -v)");
  if (IsLimited(RLIMIT_DATA)) reasons.push_back("the data of this process is limited (RLIMIT_DATA, ulimit -d)");
  return reasons;
}

std::vector<std::string> UseLargePages() {
  static std::mutex once;
  const std::lock_guard<std::mutex> lock(once);
  std::vector<std::string> reasons = WhyNoLargePages();
  if (UsesLargePages() || !reasons.empty()) return reasons;
  static const int no_handlers =
      pthread_atfork([] { g_mutex.lock(); }, [] { g_mutex.unlock(); }, [] { g_mutex.unlock(); });
  int error = no_handlers;
  // After a failure below it stays, and is there for the next try: V8 may have got a part of it already.
  if (error == 0 && g_arena.end == 0) error = Reserve();
  if (error == 0) error = RedirectAll();
  if (error != 0) return {std::string("no addresses could be reserved for the heap: ") + strerror(error)};
  g_in_use.store(true);
  return {};
}

bool UsesLargePages() { return g_in_use.load(); }

size_t LargePagesInUse() {
  const std::lock_guard<std::mutex> lock(g_mutex);
  return g_pages_in_use * kPage;
}

size_t LargePagesReserved() { return g_arena.end - g_arena.begin; }

void MarkLargePagesDontFork() {
  if (g_arena.end != 0) madvise(Pointer(g_arena.begin), g_arena.end - g_arena.begin, MADV_DONTFORK);
}

}  // namespace posix_fork
